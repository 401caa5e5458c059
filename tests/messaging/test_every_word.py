"""Whatever its marks, each word of a message is in what is shown of it, and a search finds it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messaging.markup import render, text_of
from messaging.search.folding import folded
from messaging.search.grams import find_term, grams_of_term, grams_of_text
from messaging.search.texts import visible_text

LOGS = sorted((Path(__file__).parent.parent / "data" / "irc").glob("*.log"))
SAID = re.compile(r"\[\d\d:\d\d\] <[^>]+> ?(.*)")
WORD = re.compile(r"[^\W_]+")
# Where a link leads is not seen; searches find it none the less.
LED_TO = re.compile(r"(?<=\])\(https://[a-z0-9./]+\)")
LANGUAGE = "python"


def words_of(body: str) -> set[str]:
    return set(WORD.findall(body)) - {LANGUAGE}


def not_shown(body: str) -> set[str]:
    html = render(body)
    shown = body if html is None else text_of(html)
    # Two words that only a mark parted are one now: `esd`ing.
    missing = words_of(LED_TO.sub("", body)) - words_of(shown)
    return {word for word in missing if len(word) < 3 or word not in shown}


def not_found(body: str) -> set[str]:
    text = folded(visible_text(body, render(body)))
    grams = grams_of_text(text)
    terms = {word: folded(word) for word in words_of(body)}
    return {word for word, term in terms.items() if not (grams_of_term(term) <= grams and find_term(term, text))}


places = st.text("abcxyz", min_size=1, max_size=6)
words = st.text(st.sampled_from("abcxyz019éß中日ねไא"), min_size=1, max_size=6)


def joined(parts: st.SearchStrategy[str], by: str, most: int = 4) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=most).map(by.join)


def within(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A line with marks inside."""
    return st.one_of(
        joined(inner, " "),
        st.tuples(st.sampled_from(["*", "**", "_", "__", "~~", "`", "``", "***"]), inner).map(
            lambda one: one[0] + one[1] + one[0]
        ),
        st.tuples(inner, places).map(lambda one: f"[{one[0]}](https://{one[1]}.example/{one[1]})"),
        inner.map(lambda one: f"\\{one}"),
        st.tuples(inner, st.sampled_from([" (", "[", "{", "<", "「", "“", "\\", "|", "@", "!["])).map(
            lambda one: one[1] + one[0]
        ),
    )


lines = st.recursive(words, within, max_leaves=6)


def around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Blocks in blocks."""
    marks = st.sampled_from(["> ", ">", "- ", "+ ", "* ", "1. ", "2) ", "10. ", "500. ", "03. ", "  ", "    ", "\t"])
    return st.one_of(
        st.tuples(marks, inner).map(lambda one: "\n".join(one[0] + line for line in one[1].split("\n"))),
        st.tuples(marks, inner).map(lambda one: one[0] + one[1].replace("\n", "\n  ")),
        st.tuples(st.sampled_from(["```", "~~~", "```python", "``` "]), inner).map(
            lambda one: f"{one[0]}\n{one[1]}\n{one[0][:3]}"
        ),
        inner.map(lambda one: f"```{one}"),
        st.tuples(inner, st.integers(1, 30)).map(lambda one: "> " * one[1] + one[0]),
        st.tuples(inner, st.integers(1, 15)).map(lambda one: "- " * one[1] + one[0]),
        joined(inner, "\n", 3),
        joined(inner, "\n\n", 3),
    )


texts = st.recursive(lines, around, max_leaves=8)


@given(texts)
@settings(max_examples=400, deadline=None)
@example(">" * 25 + " still here")
@example("```only words")
@example("1. a\n3. b\n2. c")
@example("~~https://a.example/x~~ **注意：**请看 C:\\Users\\.ssh")
def test_every_word_of_any_markdown_is_shown_and_found(body: str) -> None:
    assert not not_shown(body), render(body)
    assert not not_found(body), render(body)


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_every_word_of_what_people_said_is_shown_and_found(log: Path) -> None:
    lines = [said[1] for line in log.read_text().split("\n") if (said := SAID.fullmatch(line))]
    assert len(lines) > 900
    assert [line for line in lines if not_shown(line) or not_found(line)] == []
