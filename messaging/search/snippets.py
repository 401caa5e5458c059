"""A message as a search shows it: one line around the first hit, in parts that say which of them are hits. Pure.

Parts are plain text: whoever shows them marks the hits, and nothing is ever taken for HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from messaging.search.folding import folded, folded_with_places
from messaging.search.grams import find_term, first_place

SNIPPET_CHARACTERS = 160
# So much of it comes before the first hit.
BEFORE_CHARACTERS = 50
# Hits are looked for from a space before the first one to so far behind it: what a snippet shows, and the rest of a
# term that begins in it.
WINDOW_CHARACTERS = 1_000
CHUNK_CHARACTERS = 256
_BEFORE_SPACE = re.compile(r"\S(?=\s)")

Span = tuple[int, int]


class Part(Struct, omit_defaults=True):
    text: str
    is_hit: bool = False


def hits(terms: Sequence[str], text: str) -> list[Span] | None:
    """Where in a text the folded terms are, in order and joined where they meet; None when one of them is missing.

    Of a long text those around the first hit: the others are in no snippet, and marking 8,000 letters one by one takes
    as long as searching a thousand messages.
    """
    plain = folded(text)
    firsts = [first_place(term, plain) for term in terms]
    if None in firsts:
        return None
    start, end = _window(text, min((at for at in firsts if at is not None), default=0))
    spans = _spans(terms, text[start:end])
    if terms and not spans:  # a term with a lot between its letters
        start, spans = 0, _spans(terms, text)
    return [(start + first, start + last) for first, last in spans]


def _spans(terms: Sequence[str], text: str) -> list[Span]:
    plain, places = folded_with_places(text)
    found = ((at, at + len(term) - 1) for term in terms for at in find_term(term, plain))
    return _joined(sorted((places[first][0], places[last][1]) for first, last in found))


def _window(text: str, at: int) -> Span:
    """The part of a text that has what is at this place of the folded text."""
    if len(text) <= WINDOW_CHARACTERS:
        return 0, len(text)
    passed = 0
    for start, end in _chunks(text):
        passed += len(folded(text[start:end]))
        if passed > at:
            return start, end + WINDOW_CHARACTERS
    return 0, len(text)


def _chunks(text: str) -> Iterator[Span]:
    """Of some hundred characters each, cut before white space, where nothing joins what is before it."""
    start = 0
    while start < len(text):
        cut = _BEFORE_SPACE.search(text, start + CHUNK_CHARACTERS)
        end = cut.end() if cut else len(text)
        yield start, end
        start = end


def snippet(text: str, spans: Sequence[Span]) -> list[Part]:
    """About SNIPPET_CHARACTERS of the text, with the first hit in it."""
    start = _start(text, spans[0][0]) if spans else 0
    end = min(len(text), start + SNIPPET_CHARACTERS)
    parts = [Part("…")] if start else []
    at = start
    for first, last in spans:
        if first >= end:
            break
        parts += [Part(text[at:first]), Part(text[first : min(last, end)], is_hit=True)]
        at = min(last, end)
    parts += [Part(text[at:end]), Part("…" if end < len(text) else "")]
    return _one_line(parts)


def _start(text: str, hit: int) -> int:
    """At the beginning of a word, if there is one near."""
    if hit <= BEFORE_CHARACTERS:
        return 0
    earliest = hit - BEFORE_CHARACTERS
    space = text.find(" ", earliest, hit)
    return space + 1 if 0 <= space < hit - 1 else earliest


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for first, last in spans:
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined


def _one_line(parts: Sequence[Part]) -> list[Part]:
    lines = [Part(" ".join(f"|{part.text}|".split())[1:-1], part.is_hit) for part in parts]
    made: list[Part] = []
    for part in (line for line in lines if line.text):
        if made and made[-1].is_hit == part.is_hit:
            made[-1] = Part(made[-1].text + part.text, part.is_hit)
        else:
            made.append(part)
    return made
