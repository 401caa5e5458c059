"""What is told of a file, on the wire and in a message. Pure."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct


class FileFacts(Struct, omit_defaults=True, frozen=True):
    """`width` and `height` are there for pictures, in pixels, and only for those that we made anew ourselves."""

    id: UUID
    name: str
    size: int
    media_type: str
    width: int | None = None
    height: int | None = None

    @property
    def is_picture(self) -> bool:
        return self.width is not None
