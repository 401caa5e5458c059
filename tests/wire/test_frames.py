"""Frames against RFC 6455 end the connection they came on: no other socket, no log line, no stored message."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid

import pytest

from messaging.protocol import FRAME_BYTES
from tests.live import Socket
from tests.wire.conftest import Cast
from tests.wire.raw import BINARY, CLOSE, CONTINUATION, DROPPED, PING, PONG, TEXT, Raw, command, frame

pytestmark = pytest.mark.server

HELLO = b'{"type":"ping","ref":"hello"}'
START = frame(TEXT, b'{"type":', fin=False)

DEADLY: dict[str, bytes] = {
    "an unmasked frame": frame(TEXT, HELLO, mask=False),
    "an unmasked ping": frame(PING, mask=False),
    "RSV1 without an extension": frame(TEXT, HELLO, rsv=4),
    "RSV2": frame(TEXT, HELLO, rsv=2),
    "RSV3 on a ping": frame(PING, rsv=1),
    **{f"opcode {opcode}": frame(opcode, HELLO) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "a fragmented ping": frame(PING, b"a", fin=False),
    "a fragmented close": frame(CLOSE, b"", fin=False),
    "a ping of 126 bytes": frame(PING, b"a" * 126),
    "a close of 126 bytes": frame(CLOSE, b"\x03\xe8" + b"a" * 124),
    "a continuation of nothing": frame(CONTINUATION, HELLO),
    "a continuation after the end": frame(TEXT, HELLO) + frame(CONTINUATION, b"a"),
    "two starts": START + frame(TEXT, HELLO),
    "a binary start within a text": START + frame(BINARY, HELLO),
    "a close of 1 byte": frame(CLOSE, b"\x03"),
    **{f"close code {code}": frame(CLOSE, code.to_bytes(2)) for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)},
    "a close reason that is no UTF-8": frame(CLOSE, b"\x03\xe8\xff\xfe"),
    "a length of 2^40": frame(TEXT, HELLO, length=2**40, width=64),
    "a length of 2^63": frame(TEXT, HELLO, length=2**63, width=64),
    "a length of 2^64 - 1": frame(TEXT, HELLO, length=2**64 - 1, width=64),
    "a length of 5 in 16 bits": frame(TEXT, b"hello", width=16),
    "a length of 5 in 64 bits": frame(TEXT, b"hello", width=64),
    "a length of 65,535 in 64 bits": frame(TEXT, b" " * 65_535, width=64),
    "text of byte ff": frame(TEXT, b'{"type":"\xff"}'),
    "an overlong slash": frame(TEXT, b'{"type":"\xc0\xaf"}'),
    "a surrogate in UTF-8": frame(TEXT, b'{"type":"\xed\xa0\x80"}'),
    "a character above U+10FFFF": frame(TEXT, b'{"type":"\xf4\x90\x80\x80"}'),
    "half a character at the end": frame(TEXT, b'{"type":"\xe2\x82'),
    "a character cut by a fragment that does not go on": START + frame(CONTINUATION, b'"\xe2\x82"}'),
    "65,537 bytes": frame(TEXT, b" " * (FRAME_BYTES + 1)),
    "65,537 bytes in two frames": frame(TEXT, b" " * FRAME_BYTES, fin=False) + frame(CONTINUATION, b" "),
    "a mebibyte and one": frame(TEXT, b" " * (2**20 + 1)),
    "a header that promises a mebibyte": frame(TEXT, HELLO, length=2**20, width=64),
    "200,000 fragments of one byte": START + frame(CONTINUATION, b" ", fin=False) * 200_000,
    "200,000 empty fragments": START + frame(CONTINUATION, b"", fin=False) * 200_000,
    "200,000 pings": frame(PING, b"a") * 200_000,
    "200,000 pongs nobody asked for": frame(PONG, b"a") * 200_000,
    "HTTP": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "zeros": b"\0" * 1_000,
}


@pytest.mark.parametrize("data", DEADLY.values(), ids=DEADLY.keys())
async def test_a_broken_frame_ends_its_connection_only(cast: Cast, bystander: Socket, data: bytes) -> None:
    connection = await cast.raw(cast.alice)
    sending = asyncio.create_task(connection.send(data))
    code = await connection.end()
    assert code == DROPPED or 1000 <= code <= 4999
    assert not any(told["type"] == "error" for told in connection.told)
    await sending
    connection.hang_up()


HARMLESS: dict[str, bytes] = {
    "a command in fragments": frame(TEXT, HELLO[:9], fin=False)
    + frame(CONTINUATION, HELLO[9:12], fin=False)
    + frame(CONTINUATION, HELLO[12:]),
    "a ping between fragments": frame(TEXT, HELLO[:9], fin=False) + frame(PING, b"?") + frame(CONTINUATION, HELLO[9:]),
    "empty fragments": frame(TEXT, b"", fin=False) * 1 + frame(CONTINUATION, HELLO, fin=False) + frame(CONTINUATION),
    "a pong nobody asked for": frame(PONG, b"!") + frame(TEXT, HELLO),
    "pings of 125 bytes": frame(PING, b"a" * 125) * 10 + frame(TEXT, HELLO),
    "65,536 bytes": frame(TEXT, HELLO + b" " * (FRAME_BYTES - len(HELLO))),
    "65,536 bytes in two frames": frame(TEXT, HELLO + b" " * 65_000, fin=False)
    + frame(CONTINUATION, b" " * (FRAME_BYTES - 65_000 - len(HELLO))),
}


@pytest.mark.parametrize("data", HARMLESS.values(), ids=HARMLESS.keys())
async def test_an_unusual_frame_is_read(cast: Cast, data: bytes) -> None:
    connection = await cast.raw(cast.alice)
    await connection.send(data)
    await connection.event(type="pong", ref="hello")
    connection.hang_up()


async def test_a_command_that_comes_byte_by_byte_is_read(cast: Cast) -> None:
    connection = await cast.raw(cast.alice)
    for byte in frame(TEXT, HELLO):
        await connection.send(bytes((byte,)))
    await connection.event(type="pong", ref="hello")
    connection.hang_up()


@pytest.mark.parametrize("data", [frame(BINARY, HELLO), frame(TEXT), frame(BINARY)], ids=["binary", "empty", "nothing"])
async def test_a_frame_that_is_no_text_is_malformed_and_the_socket_lives(cast: Cast, data: bytes) -> None:
    connection = await cast.raw(cast.alice)
    await connection.send(data)
    assert (await connection.event(type="error"))["code"] == "malformed"
    await connection.send(frame(TEXT, HELLO))
    await connection.event(type="pong", ref="hello")
    connection.hang_up()


async def test_what_follows_a_close_is_not_read(cast: Cast, bystander: Socket) -> None:
    connection = await cast.raw(cast.alice)
    body = f"after {uuid.uuid4()}"
    late = command(type="message.send", key=str(uuid.uuid4()), conversation_id=cast.group, body=body)
    await connection.send(frame(CLOSE, b"\x03\xe8") + late * 3)
    assert await connection.end() in (1000, DROPPED)
    page = await bystander.ask(type="history.get", conversation_id=cast.group)
    assert body not in json.dumps(page)


async def test_a_half_closed_connection_is_let_go(cast: Cast, bystander: Socket) -> None:
    connection = await cast.raw(cast.alice)
    connection.writer.write_eof()
    await connection.end()


async def test_a_connection_reset_in_mid_frame_leaves_nothing_behind(cast: Cast, bystander: Socket) -> None:
    for data in (b"\x81", START, frame(TEXT, HELLO)[:9], frame(TEXT, HELLO)):
        connection = await cast.raw(cast.alice)
        await connection.send(data)
        connection.hang_up()


async def _drip(connection: Raw, data: bytes, pause: float) -> None:
    """A byte at a time, for as long as the server takes them."""
    with contextlib.suppress(ConnectionError):
        for byte in data:
            connection.writer.write(bytes((byte,)))
            await connection.writer.drain()
            await asyncio.sleep(pause)


async def _stall(strict: Cast, begin: bytes, drip: bytes = b"") -> tuple[str, int]:
    connection = await strict.raw(strict.alice)
    await connection.send(begin)
    dripping = asyncio.create_task(_drip(connection, drip, 0.1))
    code = await connection.end(10)
    dripping.cancel()
    return "socket", code


async def _dawdle(strict: Cast, request: bytes) -> tuple[str, int]:
    connection = await Raw.open(strict.server)
    dripping = asyncio.create_task(_drip(connection, request, 0.1))
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionError):
            while await connection.reader.read(1_000):
                pass
    dripping.cancel()
    return "request", DROPPED


async def test_what_does_not_come_to_its_end_is_cut(strict: Cast) -> None:
    """Within the bound of 2 s and the 2 s between two looks at the clock."""
    request = b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    ends = await asyncio.gather(
        _stall(strict, frame(TEXT, HELLO)[:8]),
        _stall(strict, START, frame(CONTINUATION, b" ", fin=False) * 100),
        _stall(strict, START, (frame(PING) + frame(PONG)) * 50),
        _dawdle(strict, b"GET /" + b"a" * 200),
        _dawdle(strict, request + b"X-A: a\r\n" * 100),
        _dawdle(strict, b"POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\r\n" + b" " * 100),
    )
    assert [code for _, code in ends] == [DROPPED] * 6
