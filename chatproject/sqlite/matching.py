"""LIKE for text in every script, which is what `iexact`, `icontains` and `istartswith` ask for. Pure.

SQLite's own folds the case of ASCII alone.

`lower()` and `upper()` stay SQLite's: indexes are made of them, and other programs that open the file use theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

Matches = Callable[[str], object]
PATTERNS_KEPT = 200
ANYTHING = "%"
# Both are I or i in the other case.
_TURKISH = str.maketrans({"ı": "i", "\u0307": None})
WILD = {ANYTHING: ".*", "_": "."}


def like(pattern: object, text: object, escape: str | None = None) -> bool | None:
    """As SQL has it: % is anything, _ is one character, and NULL is like nothing."""
    if pattern is None or text is None:
        return None
    return bool(_matcher(str(pattern), escape)(_folded(str(text))))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFC", text).casefold().translate(_TURKISH)
    return unicodedata.normalize("NFC", plain)


@lru_cache(PATTERNS_KEPT)
def _matcher(pattern: str, escape: str | None) -> Matches:
    """Text with per cent signs around it, which is what Django asks for, needs no regular expression."""
    pieces = list(_pieces(pattern, escape))
    literals = [text for is_wild, text in pieces if not is_wild]
    if len(literals) == 1 and all(text == ANYTHING for is_wild, text in pieces if is_wild):
        before, after = pieces[0][0], pieces[-1][0]
        return _plain(_folded(literals[0]), is_open_before=before, is_open_after=after)
    parts = (WILD[text] if is_wild else re.escape(_folded(text)) for is_wild, text in pieces)
    return re.compile("".join(parts), re.DOTALL).fullmatch


def _pieces(pattern: str, escape: str | None) -> Iterator[tuple[bool, str]]:
    """(is_wild, text): wild cards one by one, and what is meant literally between them in one piece."""
    literal, is_escaped = "", False
    for character in pattern:
        if not is_escaped and character == escape:
            is_escaped = True
        elif not is_escaped and character in WILD:
            if literal:
                yield False, literal
            yield True, character
            literal = ""
        else:
            literal, is_escaped = literal + character, False
    if literal:
        yield False, literal


def _plain(wanted: str, *, is_open_before: bool, is_open_after: bool) -> Matches:
    if is_open_before and is_open_after:
        return lambda text: wanted in text
    if is_open_before:
        return lambda text: text.endswith(wanted)
    if is_open_after:
        return lambda text: text.startswith(wanted)
    return lambda text: text == wanted
