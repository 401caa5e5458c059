"""A client that keeps to no rule: bytes to a server, and what came back. Knows RFC 6455, nothing of Parley."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import Iterable
from typing import Any

from tests.live import DEADLINE_SECONDS, LiveServer

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
DROPPED = 1006
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="

Header = tuple[bytes, bytes]


def handshake(
    server: LiveServer,
    ticket: str | None,
    *,
    line: bytes = b"GET /ws HTTP/1.1",
    without: Iterable[bytes] = (),
    extra: Iterable[Header] = (),
) -> bytes:
    """An upgrade request. `without` leaves headers out, by name; `extra` adds some."""
    protocols = b"parley.v1" + (f", ticket.{ticket}".encode() if ticket is not None else b"")
    headers = [
        (b"Host", f"127.0.0.1:{server.port}".encode()),
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Key", KEY),
        (b"Sec-WebSocket-Version", b"13"),
        (b"Sec-WebSocket-Protocol", protocols),
    ]
    left = [(name, value) for name, value in headers if name not in set(without)]
    return b"\r\n".join([line, *(name + b": " + value for name, value in [*left, *extra]), b"", b""])


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bool = True,
    length: int | None = None,
    width: int | None = None,
) -> bytes:
    """One frame. `length` lies about the payload's; `width` is 0, 16 or 64: how many bits tell it."""
    length = len(payload) if length is None else length
    width = (0 if length < 126 else 16 if length < 65_536 else 64) if width is None else width
    first = fin << 7 | rsv << 4 | opcode
    short = {0: length, 16: 126, 64: 127}[width]
    long = {0: b"", 16: struct.pack("!H", length & 0xFFFF), 64: struct.pack("!Q", length)}[width]
    key = os.urandom(4) if mask else b""
    return bytes((first, mask << 7 | short)) + long + key + (_masked(payload, key) if mask else payload)


def _masked(payload: bytes, key: bytes) -> bytes:
    size = len(payload)
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(pad)).to_bytes(size)


def command(**fields: Any) -> bytes:
    """A command as a text frame."""
    return frame(TEXT, json.dumps(fields).encode())


class Raw:
    """One TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.told: list[dict[str, Any]] = []
        self.pongs = 0

    @classmethod
    async def open(cls, server: LiveServer, *, receive_buffer: int | None = None) -> Raw:
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", server.port))
        return cls(*await asyncio.open_connection(sock=plain, limit=2**22))

    async def send(self, data: bytes) -> None:
        """What the server takes of it: it may have had enough."""
        try:
            self.writer.write(data)
            await asyncio.wait_for(self.writer.drain(), DEADLINE_SECONDS)
        except ConnectionError:
            pass

    async def answer(self) -> int | None:
        """The status of an HTTP answer; None when the server hung up without one."""
        try:
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), DEADLINE_SECONDS)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        assert b"Traceback" not in head
        return int(head.split(b" ", 2)[1])

    async def upgrade(self, server: LiveServer, ticket: str) -> Raw:
        await self.send(handshake(server, ticket))
        assert await self.answer() == 101
        return self

    async def next(self) -> tuple[int, bytes]:
        """The next frame. Raises IncompleteReadError or ConnectionError at the end."""
        first, second = await self.reader.readexactly(2)
        length = second & 127
        if length > 125:
            length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8))
        return first & 15, await self.reader.readexactly(length)

    async def event(self, **fields: Any) -> dict[str, Any]:
        """The next event with these fields; others are remembered and passed over."""
        while True:
            opcode, payload = await asyncio.wait_for(self.next(), DEADLINE_SECONDS)
            assert opcode != CLOSE, payload
            if opcode == TEXT:
                told = json.loads(payload)
                self.told.append(told)
                if fields.items() <= told.items():
                    return dict(told)
            self.pongs += opcode == PONG

    async def end(self, within: float = DEADLINE_SECONDS) -> int:
        """The close code the server gave, or DROPPED, once the connection has ended; events before it are kept."""
        code = DROPPED
        async with asyncio.timeout(within):
            try:
                while True:
                    opcode, payload = await self.next()
                    if opcode == CLOSE:
                        code = int.from_bytes(payload[:2])
                    elif opcode == TEXT:
                        self.told.append(json.loads(payload))
            except (asyncio.IncompleteReadError, ConnectionError):
                return code

    def hang_up(self) -> None:
        self.writer.transport.abort()
