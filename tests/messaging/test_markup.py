"""What a message may look like: nothing of it runs, nothing of it takes long, whatever was typed."""

from __future__ import annotations

import re
import time
from itertools import permutations

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging import markup
from messaging.markup import PREVIEW_CHARACTERS, is_blank, preview, render
from messaging.protocol import BODY_CHARACTERS
from tests.messaging.harmless import TAGS, Reader, assert_harmless

# No text may take so many times as long as one of the same length with the marks that people use.
TIMES_MOST = 3
FULL_OF_MARKS = ("**Some** words `that` people [say](http://x), *one* _after_ another. " * 200)[:BODY_CHARACTERS]


def clean_again(html: str) -> str:
    """nh3 with the same list, written out once more here."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"*": set(), "a": {"href", "target"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def as_read(html: str) -> list[tuple[str, list[tuple[str, str]]] | str]:
    """What a browser makes of it: nh3 writes attributes in no fixed order."""
    reader = Reader(html)
    return [(tag, sorted(attributes.items())) for tag, attributes in reader.elements] + [reader.text]


ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert&#40;1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>*{display:none}</style>",
    "<!-- <script>alert(1)</script> -->",
    "<?php echo 1 ?>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "</p></div><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](ftp://evil.example/)",
    "[x](//evil.example/)",
    "[x](/accounts/logout/)",
    "[x](?next=/)",
    "[x](#top)",
    "[x]()",
    "[x](<javascript:alert(1)>)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    '[x](http://a.example "onmouseover=alert(1)")',
    "[x](http://a.example/\"onmouseover='alert(1)')",
    "[![x](http://a.example/a.png)](javascript:alert(1))",
    "![x](http://a.example/track.png)",
    "![x](javascript:alert(1))",
    "[x]: javascript:alert(1)\n\n[x]",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "> <script>alert(1)</script>",
    "- <img src=x onerror=alert(1)>",
    "*<b onclick=alert(1)>*",
    "{{ settings.SECRET_KEY }} {% include 'x' %} ${7*7} *x*",
    "see javascript://a.example/%0aalert(1) and data://x *y*",
    "http://user:pass@evil.example/ *x*",
    "http://a.example/<script>alert(1)</script>",
    "mailto:a@b.example?body=<script>",
    "&lt;script&gt; &#60;script&#62; *x*",
    "\u202e*txt.exe*\u202c",
    "*a\u0000b*",
    "[a](http://a.example/\u0000)",
    "[\u200b](http://a.example/)",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_a_message_runs_or_leads_elsewhere_than_a_whole_address(attack: str) -> None:
    html = render(attack)
    if html is not None:
        assert_harmless(html)
        assert as_read(clean_again(html)) == as_read(html)


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("*a*\nb", "<p><em>a</em><br>\nb</p>"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
        (
            "https://a.example/x?y=1&z=2",
            '<p><a href="https://a.example/x?y=1&amp;z=2" rel="noopener noreferrer nofollow" target="_blank">'
            "https://a.example/x?y=1&amp;z=2</a></p>",
        ),
    ],
)
def test_markup_becomes_html(body: str, html: str) -> None:
    assert as_read(render(body) or "") == as_read(html)


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "two\nlines",
        "a < b",
        "a & b",
        "snake_case_name and 2*3",
        "# no heading",
        "1.5 l - or less",
        "---",
        "    indented",
        "a@b.example",
        "www.a.example",
        "fish &amp; chips",
        "👩‍👩‍👧‍👦 e\u0301",
        "{{ braces }}",
        "/me waves",
        "x = y[0]",
    ],
)
def test_plain_text_is_left_alone(body: str) -> None:
    assert render(body) is None


def test_markup_that_nests_for_ever_stays_shallow() -> None:
    for bomb in (">" * 4_000, "> " * 4_000, "".join("  " * depth + "- a\n" for depth in range(80)), "*a " * 700):
        html = render(bomb)
        assert html is None or html.count("<blockquote>") + html.count("<ul>") + html.count("<em>") <= 800
        depth = deepest = 0
        for end in re.findall(r"<(/?)(?:blockquote|ul|em|strong|li|p)>", html or ""):
            depth += -1 if end else 1
            deepest = max(deepest, depth)
        assert deepest <= 60


def _hostile() -> dict[str, str]:
    most = BODY_CHARACTERS
    marks = "[*_`>~<&(])!\\-+|:#@/\n"
    texts = {f"{mark!r} over and over": mark * most for mark in marks}
    texts |= {f"{mark!r} and a blank": f"{mark} " * most for mark in marks}
    texts |= {f"{mark!r} a line": f"{mark} x\n" * most for mark in marks}
    texts |= {f"{one}{two}": (one + two) * most for one, two in permutations("[*_`>~<&(])", 2)}
    texts |= {f"{one}a{two} at the bound": f"{one}a{two}" * 749 for one, two in permutations("[*_`>~<&(])", 2)}
    texts |= {
        f"{piece!r} at the bound": piece * (markup.LINKS_MOST // max(1, piece.count("//") + piece.count("mailto:")))
        for piece in ("://", "http://", "http://a.b ", "http://[", "a@b.c://", "mailto:", "mailto:a@b.cc ", "//a.b ")
    }
    texts |= {
        f"{piece!r} in thousands": piece * most
        for piece in (
            "://",
            "http://",
            "http://[",
            "a@b.c://",
            "mailto:",
            "[](",
            "[a](<",
            "![",
            "&amp;",
            "1. a\n",
            "~~",
        )
    }
    address = "http://a.b/"
    texts |= {f"an address of {mark!r}": address + mark * most for mark in "([{<\"'.,?!-_%&*;:@/"}
    texts |= {
        "lines of 10 marks": "[*a*](x)\n" * 300,
        "fences that stay open": "```a\n" * 1_600,
        "backslashes before marks": "a\\_" * 499,
        "numbers in numbers": "2. " * 700,
        "an address in an address": "http://a(" * 800,
        "names": "@a " * 2_600,
        "names after marks": "_@" * 749,
        "links": "[a](http://b)" * 199,
        "fences": "```\n" * 1_499,
        "ticks of all lengths": " ".join("`" * length for length in range(1, 53)),
        "open emphasis": "*a **b " * 490,
        "definitions": "[a]: http://x\n" * 190,
    }
    return {name: text[:most] for name, text in texts.items()}


@pytest.mark.parametrize(("name", "body"), _hostile().items())
def test_no_text_takes_long(name: str, body: str) -> None:
    """Beside what somebody may well write: how fast the machine is, and what else it does, does not count."""
    assert any(_milliseconds(body) < TIMES_MOST * _milliseconds(FULL_OF_MARKS) for _ in range(3))


def _milliseconds(body: str) -> float:
    began = time.process_time()
    preview(body, render(body))
    is_blank(body)
    return (time.process_time() - began) * 1_000


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "\n\t",
        "\u200b",
        "\u200d\u2060",
        "\ufeff",
        "\u3164",
        "\u202e\u202c",
        "\u00ad",
        "\u115f",
        "\U000e0041",
        "\u2800",
        *("\x1b", "\x1b[31m\x1b[0m", "\x1b[2J\x1b[1;1H", "\x1b]0;title\x07", "\x1bM"),
    ],
)
def test_what_cannot_be_seen_is_blank(body: str) -> None:
    assert is_blank(body)


@pytest.mark.parametrize(
    "body",
    [
        "a",
        "\u202ea",
        "e" + "\u0301" * 1_000,
        "👩‍👩‍👧‍👦",
        "​a​",
        "\u05d0",
        "❤\ufe0f",
        ".",
        "\x1b[31mred\x1b[0m",
        "[31m",
        "\x1b[",
    ],
)
def test_what_can_be_seen_is_not_blank(body: str) -> None:
    assert not is_blank(body)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("*a*\n\n- b\n- c", "a b c"),
        ("`<b>`", "<b>"),
        ("[name](http://a.example)", "name"),
        ("<script>x</script> *y*", "<script>x</script> y"),
        ("a & b *c*", "a & b c"),
        ("plain\ntext", "plain text"),
        ("**bold**, un*bold* (`code`).", "bold, unbold (code)."),
        ("# head\n> said\n\n```\ncode\n```", "# head said code"),
    ],
)
def test_a_preview_is_the_text_on_one_line(body: str, line: str) -> None:
    assert preview(body, render(body)) == line


pieces = (
    st.sampled_from([*"[]()*_`~<>&!\\:#-+\n \t\"'={}/@.1aé\u202e\u0000"])
    | st.sampled_from(
        ["http://", "https://a.example/", "javascript:", "data:", "mailto:", "<b>", "<script>", "</p>", "onload="]
    )
    | st.sampled_from(["![", "](", "```", "> ", "- ", "1. ", "&lt;", "&#x3c;"])
)
texts = st.one_of(st.lists(pieces, max_size=60).map("".join), st.text(max_size=200))


@given(texts)
@settings(max_examples=400, deadline=None)
def test_any_text_becomes_harmless_html_that_sanitising_again_leaves_as_it_is(body: str) -> None:
    html = render(body)
    if html is None:
        return
    assert_harmless(html)
    assert as_read(clean_again(html)) == as_read(html)


@given(texts)
@settings(max_examples=400, deadline=None)
def test_any_preview_is_one_short_line(body: str) -> None:
    line = preview(body, render(body))
    assert len(line) <= PREVIEW_CHARACTERS
    assert len(line.splitlines()) <= 1


@given(st.text(st.characters(exclude_characters="*_~`\\[<&:>-+)./", exclude_categories=["Cs"]), max_size=200))
@settings(max_examples=200, deadline=None)
def test_text_without_marks_is_plain(body: str) -> None:
    assert render(body) is None
