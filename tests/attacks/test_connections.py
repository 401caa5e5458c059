"""Connections without end: idle ones push out each other, and whoever is served stays."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from tests.attacks.bystanders import chatting
from tests.live import ROOT, Account, LiveServer

pytestmark = pytest.mark.server
FILES = 256
PER_ADDRESS = 20
ROUNDS = 3


class Tight(LiveServer):
    """May have few files open."""

    def launch(self, command: Any, **about: Any) -> None:
        words = " ".join(str(word) for word in command)
        super().launch(["sh", "-c", f"ulimit -n {FILES}; exec {words}"], **{**about, "cwd": ROOT})


@pytest.fixture
def tight(tmp_path: Path) -> Iterator[Tight]:
    environment = {"PARLEY_TRUSTED_PROXIES": "10.0.0.0/8", "PARLEY_CONNECTIONS_PER_ADDRESS": str(PER_ADDRESS)}
    server = Tight(tmp_path, **environment)
    server.prepare()
    server.start()
    yield server
    server.stop()


def idle(server: LiveServer, count: int, stack: contextlib.ExitStack) -> None:
    for number in range(count):
        opened = stack.enter_context(socket.socket())
        opened.bind((f"127.0.1.{1 + number % 60}", 0))
        opened.connect(("127.0.0.1", server.port))
        if number % 2:
            with contextlib.suppress(OSError):
                opened.send(b"POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\nx")


async def is_served(server: LiveServer, who: Account) -> bool:
    """A page, a request and a new socket."""
    page = await asyncio.to_thread(httpx.get, f"{server.url}/accounts/login/", timeout=10)
    me = await asyncio.to_thread(who.api.get, "me")
    socket = await who.connect()
    await socket.close()
    return page.status_code == me.status_code == 200


async def test_while_many_connect_and_say_nothing_everybody_else_is_served(tight: Tight) -> None:
    """More than the worker may have files, from many addresses, half of them in the middle of a large request."""
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 4 * FILES, "the test itself needs files"
    with contextlib.ExitStack() as stack:
        async with chatting(tight, f"{ROUNDS * FILES} idle connections at {FILES} files") as bystanders:
            for _ in range(ROUNDS):
                await asyncio.to_thread(idle, tight, FILES, stack)
                assert await is_served(tight, bystanders.people[1])
    assert tight.troubles() == []
    assert tight.log.read_text().count("The limit of open files is") == 1


async def test_one_address_cannot_take_every_connection(tight: Tight) -> None:
    mallory = await asyncio.to_thread(tight.newcomer, "mallory")

    async def opened(address: str) -> websockets.ClientConnection:
        subprotocols = [websockets.Subprotocol("parley.v1"), websockets.Subprotocol(f"ticket.{tickets.pop()}")]
        url = tight.url.replace("http", "ws") + "/ws"
        return await websockets.connect(url, subprotocols=subprotocols, local_addr=(address, 0))

    tickets = [await asyncio.to_thread(mallory.ticket) for _ in range(PER_ADDRESS + 2)]
    async with chatting(tight, "sockets of one address"):
        held = [await opened("127.0.2.1") for _ in range(PER_ADDRESS)]
        with pytest.raises(websockets.InvalidStatus) as refused:
            await opened("127.0.2.1")
        assert refused.value.response.status_code == 503
        held.append(await opened("127.0.2.2"))
    for connection in held:
        await connection.close()
