"""Text as searches compare it: without case, accents, width and invisible characters, quotes and dashes of one kind;
and where each part came from.

Pure. What is a letter of its own in its script stays one: が is not か, a vowel sign of Hindi is not taken away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Accents of Latin, Greek and Cyrillic, the points of Hebrew, the vowel signs of Arabic: people leave them out.
_ACCENTS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640"
    "\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_INVISIBLE = "\u00ad\u034f\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
# Make one character with what they follow: voicing marks of kana, vowels and finals of Korean syllables.
_JOINED = "\u3099\u309a\uff9e\uff9f\u1160-\u11ff"
_CLUSTER = re.compile(rf"\s+|.[{_ACCENTS}{_INVISIBLE}{_JOINED}]*", re.DOTALL)
_SPACE = re.compile(r"\s+")
_LEFT_OUT = re.compile(rf"[{_ACCENTS}{_INVISIBLE}]")
# Letters that no decomposition takes apart and that people write plainly.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})
# What keyboards and word processors write for ' " and -, whichever of them somebody types into a search.
_DOUBLE_QUOTES = "“”„‟«»″‶〝〞〟＂״"
_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛‹›′‵ʼʻʹ´＇׳", "'"),
        **dict.fromkeys(_DOUBLE_QUOTES, '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－־", "-"),
    }
)
_QUOTES = str.maketrans(dict.fromkeys(_DOUBLE_QUOTES, '"'))


def folded(text: str) -> str:
    """The text as it is compared; white space of any kind and length is one space."""
    if text.isascii():
        return _spaced(text.lower())
    return "".join(_fold(cluster) for cluster, _, _ in _clusters(text))


def with_plain_quotes(text: str) -> str:
    """As the syntax of a query takes them: any keyboard's double quotes enclose a phrase."""
    return text.translate(_QUOTES)


def folded_with_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    """`folded`, and for each of its characters where in the text (from, to) it comes from."""
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    for cluster, start, end in _clusters(text):
        part = _fold(cluster)
        parts.append(part)
        places += [(start, end)] * len(part)
    return "".join(parts), places


def _spaced(text: str) -> str:
    return _SPACE.sub(" ", text)


def _clusters(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _CLUSTER.finditer(text):
        yield match[0], match.start(), match.end()


@lru_cache(20_000)
def _fold(cluster: str) -> str:
    if cluster.isspace():
        return " "
    plain = unicodedata.normalize("NFKC", cluster.translate(_PUNCTUATION)).casefold().translate(_PLAIN)
    return unicodedata.normalize("NFC", _LEFT_OUT.sub("", unicodedata.normalize("NFD", plain)))
