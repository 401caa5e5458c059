"""How a frame reaches one socket, and how much of what was written it has not taken yet.

`DirectOutlet` writes ready-made WebSocket frames to our own server's transport; `QueueOutlet` goes through plain ASGI
`send`, for any other server. Knows nothing of conversations.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

BACKLOG_BYTES_MOST = 1_048_576

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Frame:
    """One or more events, encoded once; `wire` has them with their headers, for one write to the transport."""

    __slots__ = ("payloads", "wire")

    def __init__(self, *payloads: bytes) -> None:
        self.payloads = payloads
        self.wire = b"".join(part for payload in payloads for part in (_header(len(payload)), payload))


def _header(size: int) -> bytes:
    """RFC 6455 5.2: a final, unmasked text frame."""
    if size < 126:
        return bytes((0x81, size))
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")


class Outlet(Protocol):
    def send(self, frame: Frame) -> None:
        """Never waits and never fails; after the socket has closed it does nothing."""

    def offer(self, frame: Frame) -> bool:
        """As send, unless more than BACKLOG_BYTES_MOST wait already: then it does nothing and says False."""

    def hold(self, frame: Frame) -> None:
        """As send, where more is likely to follow at once: both may leave in one write."""

    def backlog(self) -> int:
        """Bytes written and not yet taken by the system."""

    async def close(self, code: int) -> None:
        """Say goodbye with a close code."""

    def cut(self) -> None:
        """End the connection at once, dropping what it has not taken."""

    def release(self) -> None:
        """The socket is gone; keep nothing for it."""


class Transport(Protocol):
    """What our server puts into the scope as extension "parley.transport"."""

    def offer(self, data: bytes, backlog_most: int) -> bool: ...

    def hold(self, data: bytes) -> None: ...

    def backlog(self) -> int: ...

    def cut(self) -> None: ...


class DirectOutlet:
    """Writes to the transport; order among events and control frames is the transport's."""

    __slots__ = ("_send", "_transport", "backlog", "cut")

    def __init__(self, transport: Transport, send: Send) -> None:
        self._transport = transport
        self._send = send
        self.backlog = transport.backlog
        self.cut = transport.cut

    def send(self, frame: Frame) -> None:
        self._transport.offer(frame.wire, sys.maxsize)

    def offer(self, frame: Frame) -> bool:
        return self._transport.offer(frame.wire, BACKLOG_BYTES_MOST)

    def hold(self, frame: Frame) -> None:
        self._transport.hold(frame.wire)

    async def close(self, code: int) -> None:
        await self._send({"type": "websocket.close", "code": code})

    def release(self) -> None:
        pass


class QueueOutlet:
    """A queue and a task that empties it into ASGI `send`. The backlog is what the queue holds."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._queue: asyncio.Queue[Frame | int] = asyncio.Queue()
        self._bytes = 0
        self._task = asyncio.create_task(self._empty())

    def send(self, frame: Frame) -> None:
        self._bytes += len(frame.wire)
        self._queue.put_nowait(frame)

    hold = send

    def offer(self, frame: Frame) -> bool:
        if self._bytes > BACKLOG_BYTES_MOST:
            return False
        self.send(frame)
        return True

    def backlog(self) -> int:
        return self._bytes

    async def close(self, code: int) -> None:
        self._queue.put_nowait(code)
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def cut(self) -> None:
        self._task.cancel()

    release = cut

    async def _empty(self) -> None:
        while True:
            item = await self._queue.get()
            if isinstance(item, int):
                return await self._send({"type": "websocket.close", "code": item})
            for payload in item.payloads:
                await self._send({"type": "websocket.send", "text": payload.decode()})
            self._bytes -= len(item.wire)
