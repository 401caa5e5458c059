"""A message as a search shows it: one line around the first hit, in parts that say which of them are hits. Pure.

Parts are plain text: whoever shows them marks the hits, and nothing is ever taken for HTML.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from messaging.search.folding import folded_with_places
from messaging.search.grams import find_term

SNIPPET_CHARACTERS = 160
# So much of it comes before the first hit.
BEFORE_CHARACTERS = 50

Span = tuple[int, int]


class Part(Struct, omit_defaults=True):
    text: str
    is_hit: bool = False


def hits(terms: Sequence[str], text: str) -> list[Span] | None:
    """Where in a text the folded terms are, in order and joined where they meet; None when one of them is missing."""
    plain, places = folded_with_places(text)
    spans: list[Span] = []
    for term in terms:
        found = find_term(term, plain)
        if not found:
            return None
        spans += [(places[at][0], places[at + len(term) - 1][1]) for at in found]
    return _joined(sorted(spans))


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
