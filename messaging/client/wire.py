"""One open socket: payloads out, payloads in by a call, and the close code at the end. Knows frames, not chat."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from messaging.client.framing import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameReader,
    FramingError,
    check_opening,
    client_frame,
    new_key,
    opening_request,
)
from messaging.protocol import SUBPROTOCOL

OPEN_SECONDS = 20.0
ABNORMAL = 1006
HEAD_BYTES_MOST = 16_384

Take = Callable[[bytes], None]


class WireError(Exception):
    """The socket could not be opened."""


class Wire(asyncio.Protocol):
    """`closed` gives the close code. `heard` is when the last byte came, on the monotonic clock."""

    def __init__(self, take: Take, request: bytes, key: str) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[int] = loop.create_future()
        self.heard = time.monotonic()
        self._take = take
        self._request = request
        self._key = key
        self._head = b""
        self._reader = FrameReader()
        self._code = ABNORMAL

    @classmethod
    async def open(cls, url: str, ticket: str, take: Take) -> Wire:
        """`url` is where Parley is. Raises OSError or WireError."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        key = new_key()
        request = opening_request(parts, f"{parts.path}/ws", key, [SUBPROTOCOL, f"ticket.{ticket}"])
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                _, wire = await loop.create_connection(
                    lambda: cls(take, request, key),
                    parts.hostname or "",
                    parts.port or (443 if secure else 80),
                    ssl=ssl.create_default_context() if secure else None,
                )
                await wire.opened
        except TimeoutError:
            raise WireError("the socket did not open in time") from None
        return wire

    def send(self, payload: bytes) -> None:
        """Never waits; on a socket that is closing it does nothing."""
        if not self._transport.is_closing():
            self._transport.write(client_frame(TEXT, payload))

    def close(self) -> None:
        """Say goodbye, and go."""
        if not self._transport.is_closing():
            self._transport.write(client_frame(CLOSE, (1000).to_bytes(2, "big")))
            self._transport.close()

    def cut(self) -> None:
        self._transport.abort()

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.heard = time.monotonic()
        try:
            if not self.opened.done():
                data = self._open(data)
            for opcode, payload in self._reader.feed(data):
                if opcode == TEXT:
                    self._take(payload)
                else:
                    self._control(opcode, payload)
        except FramingError as error:
            self._fail(WireError(str(error)))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(WireError(f"the connection ended: {error}"))
        if not self.closed.done():
            self.closed.set_result(self._code)

    def _open(self, data: bytes) -> bytes:
        """What follows the server's answer to the opening; nothing while the answer is not whole."""
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end:
            if len(self._head) > HEAD_BYTES_MOST:
                raise FramingError("an endless answer to the opening")
            return b""
        check_opening(head, self._key)
        self.opened.set_result(None)
        return rest

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._transport.write(client_frame(PONG, payload))
        elif opcode == CLOSE:
            self._code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
            self._transport.write(client_frame(CLOSE, payload[:2]))
            self._transport.close()

    def _fail(self, error: WireError) -> None:
        if not self.opened.done():
            self.opened.set_exception(error)
        self._transport.abort()
