"""Two servers, one with every limit lowered, and at each alice, bob (in her group) and carol, who is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from tests.live import Account, LiveServer, Socket
from tests.wire.raw import Raw

STRICT = {
    "PARLEY_BEHIND_PROXY": "1",
    "PARLEY_SEND_BURST": "20",
    "PARLEY_SEND_PER_SECOND": "10",
    "PARLEY_SOCKETS_PER_USER": "3",
    "PARLEY_REQUEST_SECONDS": "2",
    "PARLEY_MESSAGE_SECONDS": "2",
}


Newcomer = Callable[[str], Awaitable[Account]]


@dataclass(frozen=True)
class Cast:
    server: LiveServer
    alice: Account
    bob: Account
    carol: Account
    group: str

    async def raw(self, who: Account, *, receive_buffer: int | None = None) -> Raw:
        """An upgraded connection after its welcome and its positions."""
        ticket = await asyncio.to_thread(who.ticket)
        opened = await Raw.open(self.server, receive_buffer=receive_buffer)
        await opened.upgrade(self.server, ticket)
        await opened.event(type="conversations.page", more=False)
        return opened


def meet(server: LiveServer, at: str) -> Cast:
    alice, bob, carol = (server.sign_up(f"{at}-{name}") for name in ("alice", "bob", "carol"))
    return Cast(server, alice, bob, carol, alice.make_group(bob))


@pytest.fixture(scope="session")
def everyone(live_server_process: LiveServer) -> Cast:
    return meet(live_server_process, "wire")


@pytest.fixture(scope="session")
def forbidden(everyone: Cast) -> str:
    """A group of carol's alone."""
    return everyone.carol.make_group()


@pytest.fixture
def cast(parley_server: LiveServer, everyone: Cast) -> Cast:
    """At the shared server; a test that made it log an error fails."""
    return everyone


@pytest.fixture(scope="session")
def strict_everyone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    server = LiveServer(tmp_path_factory.mktemp("strict"), **STRICT)
    server.prepare()
    server.start()
    yield meet(server, "strict")
    server.stop()


@pytest.fixture
def strict(strict_everyone: Cast) -> Iterator[Cast]:
    """At the server with low limits."""
    before = len(strict_everyone.server.troubles())
    yield strict_everyone
    assert strict_everyone.server.troubles()[before:] == []


@pytest.fixture
async def bystander(cast: Cast) -> AsyncIterator[Socket]:
    """bob's socket, which has to answer as before when the test is over."""
    socket = await cast.bob.connect()
    yield socket
    assert (await socket.ask(type="ping"))["type"] == "pong"
    await socket.close()


@pytest.fixture
def newcomer(cast: Cast) -> Newcomer:
    """Somebody whom no other test knows, with limits of their own."""
    return partial(asyncio.to_thread, cast.server.newcomer)
