"""What of a text the index keeps, and what of a term it is asked for: grams, small pieces of folded text. Pure.

Words give their beginnings ("^w", "^wo") and every three letters in a row; scripts that are written without spaces,
and Korean, give single characters and pairs; an emoji gives itself. So a term of one or two letters is found where a
word begins with it, a longer one anywhere, and a Chinese word of two characters at all, which three in a row cannot do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

START = "^"
KNOWN_CHARACTERS = 24

# Han, kana, bopomofo, Hangul, Thai, Lao, Burmese, Khmer.
_WIDE = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u3041-\u309f\u30a1-\u30fa\u30fc-\u312f\u3131-\u318e"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\u1100-\u11ff"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59\u0e81-\u0edf\u1000-\u1049\u1050-\u109d\u1780-\u17d3\u17dd-\u17e9"
    "\U00020000-\U0003ffff"
)
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001fbff"
# Letters and digits; of Indian and Tibetan scripts the signs too, which are no letters to Unicode.
_LETTER = rf"(?:(?![{_WIDE}])[^\W_]|[\u0900-\u0963\u0966-\u0dff\u0f18-\u0fbc])"
_PIECE = re.compile(rf"(?P<wide>[{_WIDE}]+)|(?P<symbol>[{_SYMBOLS}])|(?P<word>{_LETTER}+)")
_BEGINS_SHORT = re.compile(rf"{_LETTER}{{1,2}}(?!{_LETTER})")
_LETTER_BEFORE = re.compile(rf"{_LETTER}\Z")


def grams_of_text(text: str) -> set[str]:
    """Everything a folded text may be found by. Most of what people write they wrote before: its parts are known."""
    found: set[str] = set()
    for part in text.split():
        found.update(_known_grams(part) if len(part) <= KNOWN_CHARACTERS else _grams_of_part(part))
    return found


def _grams_of_part(part: str) -> tuple[str, ...]:
    return tuple({gram for kind, piece in _pieces(part) for gram in _all_grams(kind, piece)})


_known_grams = lru_cache(8_192)(_grams_of_part)


def grams_of_term(term: str) -> set[str]:
    """What every folded text with this folded term in it has; nothing when the term cannot be looked for."""
    return {gram for kind, piece in _pieces(term) for gram in _needed_grams(kind, piece)}


def first_place(term: str, text: str) -> int | None:
    """The first of `find_term`, found without the others."""
    found = _finder(term).search(text)
    return found.start() if found else None


@lru_cache(1_000)
def _finder(term: str) -> re.Pattern[str]:
    """The term comes first in the pattern: it is looked for as quickly as str.find does, and then what is before it."""
    plain = re.escape(term)
    return re.compile(f"{plain}(?<!{_LETTER}{plain})" if _BEGINS_SHORT.match(term) else plain)


def find_term(term: str, text: str) -> list[int]:
    """Where in a folded text a folded term is, without overlap: anywhere, but of one or two letters where a word
    begins."""
    begins_word = _BEGINS_SHORT.match(term) is not None
    found: list[int] = []
    at = text.find(term)
    while at >= 0:
        is_right = not begins_word or at == 0 or _LETTER_BEFORE.match(text[at - 1]) is None
        if is_right:
            found.append(at)
        at = text.find(term, at + (len(term) if is_right else 1))
    return found


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    for match in _PIECE.finditer(text):
        yield str(match.lastgroup), match[0]


def _all_grams(kind: str, piece: str) -> Iterator[str]:
    if kind == "word":
        yield START + piece[0]
        yield START + piece[:2]
        yield from _runs(piece, 3)
    else:
        yield from piece
        yield from _runs(piece, 2)


def _needed_grams(kind: str, piece: str) -> Iterator[str]:
    if kind == "word":
        yield from _runs(piece, 3) if len(piece) > 2 else (START + piece,)
    else:
        yield from _runs(piece, 2) if len(piece) > 1 else (piece,)


def _runs(piece: str, length: int) -> Iterator[str]:
    return (piece[at : at + length] for at in range(len(piece) - length + 1))
