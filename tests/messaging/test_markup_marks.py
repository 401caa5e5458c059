"""Which marks are markup, and that what is none stays as it was typed."""

from __future__ import annotations

import re

import pytest

from messaging.markup import preview, render, shows_nothing
from messaging.protocol import BODY_CHARACTERS
from tests.messaging.harmless import Reader


def tags(html: str) -> str:
    return " ".join(tag for tag, _ in Reader(html).elements)


@pytest.mark.parametrize(
    "body",
    [
        r"C:\Users\me\.ssh and \\nas\share\_new",
        r"¯\_(ツ)_/¯",
        r"dir C:\Program Files\_old\(x86)",
        r"C:\_old and D:\_new, C:\temp\*.txt, C:\>dir",
        r"\d+\.\d+\-\w*",
        "cd C:\\Users\\me\\\nthen dir",
        r"C:\new\test",
        "def f(x):\n    if x < 3:\n        return x",
        "if (a && b) {\n    go();\n}",
        "Name\tSum\nAnn *\t1.5 *",
        "a_b\tc\n1\t2",
        "500.",
        "1.",
        "1. ",
        "+",
        "*",
        "500. That is all",
        "03. Mai",
        "1000. c",
        "31. Dezember 2026",
        "7. Platz!",
        "- 5 degrees",
        "+ 49 170 1234",
        "a**(b)**c",
        "handlers[name]()",
        "snake_case_name",
        "f(*args, **kwargs)",
        "<https://>",
    ],
)
def test_what_is_no_markup_stays_as_it_was_typed(body: str) -> None:
    assert render(body) is None


@pytest.mark.parametrize(
    ("body", "html"),
    [
        (r"a\*b", "<p>a*b</p>"),
        (r"\*no\* and \_no\_", "<p>*no* and _no_</p>"),
        (r"\> no", "<p>&gt; no</p>"),
        (r"\* no", "<p>* no</p>"),
        (r"\`no\`", "<p>`no`</p>"),
        (r"\[no\]", "<p>[no]</p>"),
        (r"\~~no~~", "<p>~~no~~</p>"),
        (r"\\*yes*", r"<p>\<em>yes</em></p>"),
        (r"*yes*, C:\new, \d\.", r"<p><em>yes</em>, C:\new, \d\.</p>"),
        (r"`a\.b\*c`", r"<p><code>a\.b\*c</code></p>"),
        ("これは**「重要」**です", "<p>これは<strong>「重要」</strong>です</p>"),
        ("**真，**她", "<p><strong>真，</strong>她</p>"),
        ("他说**“你好”**了", "<p>他说<strong>“你好”</strong>了</p>"),
        ("**注意：**请看", "<p><strong>注意：</strong>请看</p>"),
        ("중요한 **“말”**은", "<p>중요한 <strong>“말”</strong>은</p>"),
        ("ดู~~(เก่า)~~นี่", "<p>ดู<s>(เก่า)</s>นี่</p>"),
        ("中文**加粗**中文", "<p>中文<strong>加粗</strong>中文</p>"),
        ("**init** __init__", "<p><strong>init</strong> <strong>init</strong></p>"),
        ("1. Buy\n  - milk\n2. Cook", "<ol><li>Buy<ul><li>milk</li></ul></li><li>Cook</li></ol>"),
        ("1. Buy\n   - milk\n2. Cook", "<ol><li>Buy<ul><li>milk</li></ul></li><li>Cook</li></ol>"),
        ("10. Ten\n  - sub", '<ol start="10"><li>Ten<ul><li>sub</li></ul></li></ol>'),
        ("1. one\n  1. inner\n2. two", "<ol><li>one<ol><li>inner</li></ol></li><li>two</li></ol>"),
        ("> 1. a\n>   - b", "<blockquote><ol><li>a<ul><li>b</li></ul></li></ol></blockquote>"),
        ("- a\n  - b\n    - c", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li></ul>"),
        ("- a\n\n  b\n- c", "<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>"),
        ("-\ta\n-\tb", "<ul><li>a</li><li>b</li></ul>"),
        ("99. a\n100. b", '<ol start="99"><li>a</li><li>b</li></ol>'),
        ("0. a\n1. b", '<ol start="0"><li>a</li><li>b</li></ol>'),
        ("1. a\n1. b\n1. c", "<ol><li>a</li><li>b</li><li>c</li></ol>"),
        ("1. a\n3. b", "<ol><li>a</li></ol><p>3. b</p>"),
        ("1. a\n3. b\n4. c", '<ol><li>a</li></ol><ol start="3"><li>b</li><li>c</li></ol>'),
        ("1. a\n\n    ```\n    x\n      y\n    ```", "<ol><li><p>a</p><pre><code>x\n  y\n</code></pre></li></ol>"),
    ],
)
def test_what_is_markup_takes_effect(body: str, html: str) -> None:
    assert (render(body) or "").replace("\n", "") == html.replace("\n", "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (">" * 25 + " still here", "still here"),
        ("- " * 11 + "text", "text"),
        ("1. " * 12 + "nested numbers", "nested numbers"),
        ("> - " * 8 + "> mixed", "mixed"),
        (">" * 19 + " kept", "kept"),
        ("- " * 9 + "kept", "kept"),
        ("> " * 400 + "**deep** words", "deep words"),
        ("[" * 30 + "words](http://a.example)", "words"),
        ("**" * 30 + "words" + "**" * 30, "words"),
    ],
)
def test_what_is_nested_too_deep_keeps_its_words(body: str, words: str) -> None:
    html = render(body)
    assert words in (Reader(html).text if html else body)
    shown = preview(body, html)
    assert words in shown or (len(shown) == 120 and shown.endswith("…"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("```\n  a   b\n\tc\n```", "  a   b\n\tc\n"),
        ("```python\nx  = 1\n```", "x  = 1\n"),
        ("```never closed", "never closed\n"),
        ("```hello\nworld\n```", "hello\nworld\n"),
        ("```python", "python\n"),
        ("~~~two words\nmore\n~~~", "two words\nmore\n"),
        ("`a  b   c`", "a  b   c"),
    ],
)
def test_code_keeps_its_white_space_and_its_first_line(body: str, code: str) -> None:
    html = render(body) or ""
    assert tags(html) in ("pre code", "p code")
    assert Reader(html).text == code


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("1. name    size\n  - a\tb  c\n2. x", ["name    size", "a\tb  c", "x"]),
        ("- a  b\n  > c  d", ["a  b", "c  d"]),
        ("- *a*   b\n\n      c   d\n- e", ["a   b", "c   d", "e"]),
        ("> - a  b\n>   ```\n>   c  d\n>   ```", ["a  b", "c  d\n"]),
    ],
)
def test_an_item_with_other_blocks_keeps_its_blanks(body: str, texts: list[str]) -> None:
    """The page keeps white space in paragraphs, code, and items that hold nothing but words."""
    html = render(body) or ""
    kept = re.findall(
        r"<(?:p|code)>(.*?)</(?:p|code)>|<li>([^<>\n]*)</li>", html.replace("<em>", "").replace("</em>", ""), re.DOTALL
    )
    assert [one or other for one, other in kept] == texts


def test_an_item_without_blanks_to_keep_needs_no_paragraph() -> None:
    assert "<p>" not in (render("1. Buy milk\n  - two\n2. Cook") or "")


def test_a_fence_of_any_length_stays_one() -> None:
    """Also of one with more marks than a text may have that is parsed."""
    body = "```\n" + "// * and _ < [ > ~\n" * 400 + "```"
    assert len(body) <= BODY_CHARACTERS
    assert tags(render(body) or "") == "pre code"


@pytest.mark.parametrize(
    "body",
    [
        "```\n```",
        "~~~\n\n~~~",
        "- ",
        "> ",
        "> - ",
        "[](https://x.y)",
        "[ ](https://x.y)",
        "\u2800",
        "\U0001d173",
    ],
)
def test_marks_around_nothing_show_nothing(body: str) -> None:
    assert shows_nothing(body, render(body))


@pytest.mark.parametrize("body", ["a", "> a", "`.`", "[](https://x.y) a", "- \n- b", "*", "**", "[x](https://x.y)"])
def test_marks_around_something_show_it(body: str) -> None:
    assert not shows_nothing(body, render(body))


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("*Result:*\n\n500.", "Result: 500."),
        ("99. a\n100. b", "99. a 100. b"),
        ("1. Buy\n  - milk\n2. Cook", "1. Buy milk 2. Cook"),
        ("500. That is all", "500. That is all"),
        ("1. one\n  1. inner\n2. two", "1. one 1. inner 2. two"),
    ],
)
def test_a_preview_has_the_numbers_of_lists(body: str, line: str) -> None:
    assert preview(body, render(body)) == line


def test_a_list_that_was_stored_as_one_has_its_number_in_previews_too() -> None:
    assert preview("", '<ol start="500">\n<li>That is all</li>\n</ol>') == "500. That is all"


@pytest.mark.parametrize("character", ["👩‍👩‍👧‍👦", "🇨🇭", "e\u0301", "👍🏽", "नि"])
def test_a_preview_ends_between_two_characters(character: str) -> None:
    for shift in range(len(character) + 1):
        line = preview("x" * (119 - shift) + character * 3, None)
        assert line.removesuffix("…").lstrip("x") in ("", character, character * 2)


def test_a_link_with_a_title_or_without_an_address_loses_no_word() -> None:
    assert Reader(render('[a](http://x.y "not seen") *b*') or "").text == '[a](http://x.y "not seen") b'
    assert "bad" in Reader(render("[a](http://[bad) *b*") or "").text


def test_what_is_marked_elsewhere_keeps_its_inner_blanks() -> None:
    assert render("name    size *x*") == "<p>name    size <em>x</em></p>"
