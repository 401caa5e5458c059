"""A socket's transport that nobody reads from: what is written is kept, and never waits."""

from __future__ import annotations

from typing import Any


class Transport:
    def __init__(self) -> None:
        # References only, so that a copy for each member would show.
        self.written: list[bytes] = []

    def offer(self, data: bytes, backlog_most: int) -> bool:
        self.written.append(data)
        return True

    def backlog(self) -> int:
        return 0

    def cut(self) -> None:
        pass

    def data(self) -> bytes:
        return b"".join(self.written)


async def nothing(message: dict[str, Any]) -> None:
    """What a consumer would send another way."""
