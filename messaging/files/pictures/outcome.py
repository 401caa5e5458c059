"""What becomes of a file that begins like a picture; passed between the processes. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

THUMBNAIL_TYPE = "image/webp"

# Why a picture is sent as the file it is.
Reason = Literal["damaged", "too_large", "too_complex", "unknown_kind"]


class Picture(Struct, frozen=True):
    """Made anew: `content` replaces what was uploaded."""

    content: bytes
    thumbnail: bytes
    media_type: Literal["image/jpeg", "image/png", "image/webp"]
    suffix: Literal[".jpg", ".png", ".webp"]
    width: int
    height: int


class Outcome(Struct, frozen=True):
    """A picture, or the reason why there is none; neither when the content only begins like a picture."""

    picture: Picture | None = None
    reason: Reason | None = None


NO_PICTURE = Outcome()
