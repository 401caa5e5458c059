"""Frames as they go over the wire, and the outlet for any ASGI server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from messaging.client.framing import FrameReader
from messaging.outlet import Frame, QueueOutlet


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_of_any_size_is_read_back_as_it_was(size: int) -> None:
    payloads = [b"a" * size, b"b"]
    assert read(Frame(*payloads).wire) == payloads


def read(wire: bytes) -> list[bytes]:
    return [bytes(payload) for _, payload in FrameReader().feed(wire)]


class AsgiServer:
    """Takes what an application sends, when told to."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self.gate.wait()
        self.sent.append(message)


async def test_events_and_the_close_leave_in_order_through_asgi() -> None:
    server = AsgiServer()
    outlet = QueueOutlet(server.send)
    outlet.send(Frame(b"1", b"2"))
    outlet.send(Frame(b"3"))
    await outlet.close(4001)
    assert [message.get("text", message.get("code")) for message in server.sent] == ["1", "2", "3", 4001]


async def test_the_backlog_is_what_the_server_has_not_taken() -> None:
    server = AsgiServer()
    server.gate.clear()
    outlet = QueueOutlet(server.send)
    outlet.send(Frame(b"x" * 100))
    assert outlet.backlog() >= 100
    server.gate.set()
    await outlet.close(1000)
    assert outlet.backlog() == 0
