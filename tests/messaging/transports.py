"""Transports that nobody reads from: what an outlet writes to, and what our own one writes to."""

from __future__ import annotations

from typing import Any

from chatproject.transport import STATE_OPEN


class Transport:
    """Keeps what is written, and nothing waits."""

    def __init__(self) -> None:
        # References only, so that a copy for each member would show.
        self.written: list[bytes] = []

    def offer(self, data: bytes, backlog_most: int) -> bool:
        self.written.append(data)
        return True

    def hold(self, data: bytes) -> None:
        self.written.append(data)

    def backlog(self) -> int:
        return 0

    def cut(self) -> None:
        pass

    def data(self) -> bytes:
        return b"".join(self.written)


async def nothing(message: dict[str, Any]) -> None:
    """What a consumer would send another way."""


class System:
    """A socket that takes `room` bytes, then no more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.calls = 0
        self.taken = b""

    def send(self, data: bytes) -> int:
        self.calls += 1
        if not self.room:
            raise BlockingIOError
        some = data[: self.room]
        self.room -= len(some)
        self.taken += some
        return len(some)


class Reactor:
    """Twisted's transport: writes what it was given when the socket is ready."""

    def __init__(self, room: int) -> None:
        self.socket = System(room)
        self.dataBuffer = b""
        self._tempDataLen = 0
        self.queued = b""

    def write(self, data: bytes) -> None:
        self.queued += data
        self._tempDataLen += len(data)


class Protocol:
    def __init__(self, room: int = 1_000_000) -> None:
        self.state: Any = STATE_OPEN
        self.transport = Reactor(room)
