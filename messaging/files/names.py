"""What a file may be called. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

NAME_CHARACTERS = 120
NAMELESS = "file"
SUFFIX_CHARACTERS = 16
# Endings that say "picture" and may be replaced; what else follows a dot belongs to the name.
PICTURE_SUFFIXES = {
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".png",
    ".apng",
    ".gif",
    ".webp",
    ".avif",
    ".bmp",
    ".dib",
    ".heic",
    ".heif",
    ".tif",
    ".tiff",
}
# Format characters that are drawn: the Arabic and other signs that enclose what follows them.
_DRAWN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
_JOINERS = "\u200c\u200d"
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f")
# Unassigned, and meant to stay unseen.
_IGNORABLE = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\uffff\U000e0000-\U000e0fff]")


def clean_name(name: str) -> str:
    """The last part of a path, without what cannot be seen or reorders the text around it, and not too long.

    Never refuses: people do not choose what their camera calls a picture. What it is called is only shown, and stored
    as no file's name, so what some systems do not allow in one stays.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name[-4 * NAME_CHARACTERS :])[-1])
    seen = "".join(" " if character.isspace() else character for character in _shown(name))
    return _shortened(" ".join(seen.split()).rstrip(". ")) or NAMELESS


def with_suffix(name: str, suffix: str) -> str:
    """The name with another ending, for a picture of another kind."""
    stem, old = _parted(name)
    stem = stem if old.lower() in PICTURE_SUFFIXES else name
    return f"{stem[: NAME_CHARACTERS - len(suffix)].rstrip()}{suffix}"


def _shown(name: str) -> Iterator[str]:
    flags = {place for flag in _FLAG.finditer(name) for place in range(*flag.span())}
    for place, character in enumerate(name):
        if place in flags or not _is_hidden(character) or (character in _JOINERS and _joins(name, place)):
            yield character


def _is_hidden(character: str) -> bool:
    """Controls, the format characters that turn text round, halves of pairs, and what nobody draws. A character that
    is newer than we are (an emoji of next year) is seen."""
    if character.isspace() or _DRAWN.match(character):
        return False
    category = unicodedata.category(character)
    if category == "Cn":
        return bool(_IGNORABLE.match(character)) or ord(character) & 0xFFFE == 0xFFFE
    return category[0] == "C"


def _joins(name: str, place: int) -> bool:
    """Between two letters, or two emoji."""
    return 0 < place < len(name) - 1 and _is_joined(name[place - 1]) and _is_joined(name[place + 1])


def _is_joined(character: str) -> bool:
    """Letters and their marks, emoji and their modifiers."""
    return unicodedata.category(character) in {"Lo", "Lm", "Lu", "Ll", "Mn", "Mc", "So", "Sk", "Cn"} and not _is_hidden(
        character
    )


def _parted(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    is_suffix = len(suffix) < SUFFIX_CHARACTERS and " " not in suffix
    return (stem, dot + suffix) if stem and is_suffix else (name, "")


def _shortened(name: str) -> str:
    if len(name) <= NAME_CHARACTERS:
        return name
    stem, suffix = _parted(name)
    return (stem[: NAME_CHARACTERS - len(suffix)].rstrip() + suffix).rstrip(". " + _JOINERS)
