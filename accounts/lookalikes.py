"""What a name looks like, whatever it is written with: Unicode's skeletons (UTS 39) by the package `disarm`. Pure,
but for the field that stores what names are found by.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import disarm
from django.db import models

SKELETON_CHARACTERS = 200
_QUOTES_AND_DASHES = str.maketrans(
    {**dict.fromkeys("‘’‚‛′ʼ＇`´", "'"), **dict.fromkeys("“”„‟″＂", '"'), **dict.fromkeys("‐‑‒–—―−－", "-")}
)
_WORD = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """Honest spellings of one name are equal in this: only case, white space, quotes and dashes may differ."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().translate(_QUOTES_AND_DASHES).split())


def skeleton(text: str) -> str:
    """What is stored and asked for: equal for all that look alike, and for some that do not; looks_like decides."""
    return _drawn(text.casefold()).replace("i", "l")[:SKELETON_CHARACTERS]


def looks_like(one: str, other: str) -> bool:
    """Whether a reader may take one for the other."""
    return not _appearances(one).isdisjoint(_appearances(other))


def bare_words(text: str) -> list[str]:
    """The words as one may read them in passing: without accents, a digit for the letter it resembles."""
    letters = (letter for letter in unicodedata.normalize("NFD", skeleton(text)) if not unicodedata.combining(letter))
    return _WORD.findall("".join(letters))


def _appearances(text: str) -> set[str]:
    """A capital I is drawn like an l in the midst of small letters, and like itself among capitals."""
    folded = _drawn(text.casefold())
    return {folded} if text.isupper() else {folded, _drawn(text)}


def _drawn(text: str) -> str:
    return disarm.skeleton_key(text.translate(_QUOTES_AND_DASHES), digit_policy="tr39").replace("rn", "m")


class SkeletonField(models.CharField):  # type: ignore[type-arg]  # not subscriptable when it runs
    """The skeleton of another field of the row. Empty where a worker wrote it that does not know this field yet."""

    def __init__(self, *, of: str, **options: Any) -> None:
        self.of = of
        shape = {"max_length": SKELETON_CHARACTERS, "blank": True, "default": "", "db_default": "", "db_index": True}
        super().__init__(**{**shape, "editable": False, **options})

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, {**options, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = skeleton(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, value)
        return value
