"""What a file may be called. Pure."""

from __future__ import annotations

import re
import unicodedata

NAME_CHARACTERS = 120
NAMELESS = "file"
SUFFIX_CHARACTERS = 16


def clean_name(name: str) -> str:
    """The last part of a path, without what cannot be seen or reorders the text around it, and not too long.

    Never refuses: people do not choose what their camera calls a picture.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name[-4 * NAME_CHARACTERS :])[-1])
    seen = "".join(" " if character.isspace() else character for character in name if not _is_hidden(character))
    return _shortened(re.sub(r'[<>:"|?*]', "_", " ".join(seen.split())).strip(". ")) or NAMELESS


def with_suffix(name: str, suffix: str) -> str:
    """The name with another ending, for content of another kind."""
    stem, _ = _parted(name)
    return f"{stem[: NAME_CHARACTERS - len(suffix)]}{suffix}"


def _is_hidden(character: str) -> bool:
    """Controls, the format characters that turn text round, halves of pairs, and what has no meaning."""
    return unicodedata.category(character)[0] == "C" and not character.isspace()


def _parted(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem and len(suffix) < SUFFIX_CHARACTERS else (name, "")


def _shortened(name: str) -> str:
    if len(name) <= NAME_CHARACTERS:
        return name
    stem, suffix = _parted(name)
    return stem[: NAME_CHARACTERS - len(suffix)].rstrip() + suffix
