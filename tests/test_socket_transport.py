"""Ready frames to the system without the reactor, in order behind whatever the reactor still has to write."""

from __future__ import annotations

import asyncio

import pytest

from chatproject.frames import QuickSocket
from chatproject.transport import STATE_OPEN, DirectSocket, SocketTransport
from tests.messaging.transports import Protocol, Reactor

MOST = 1_000


def test_a_socket_that_takes_it_is_one_call_and_nothing_for_the_reactor() -> None:
    protocol = Protocol()
    SocketTransport(protocol).offer(b"hello", MOST)
    assert (protocol.transport.socket.taken, protocol.transport.socket.calls) == (b"hello", 1)
    assert protocol.transport.queued == b""


@pytest.mark.parametrize("room", [0, 1, 4])
def test_what_a_full_socket_does_not_take_waits_and_all_that_follows_waits_behind_it(room: int) -> None:
    protocol = Protocol(room)
    outlet = SocketTransport(protocol)
    outlet.offer(b"hello", MOST)
    protocol.transport.socket.room = 1_000
    outlet.offer(b"world", MOST)
    assert protocol.transport.socket.taken + protocol.transport.queued == b"helloworld"
    assert (protocol.transport.socket.calls, outlet.backlog()) == (1, 10 - room)


def test_a_connection_that_is_lost_is_the_reactors_to_find() -> None:
    protocol = Protocol()

    def lost(data: bytes) -> int:
        raise ConnectionResetError

    protocol.transport.socket.send = lost  # type: ignore[method-assign]
    SocketTransport(protocol).offer(b"hello", MOST)
    assert protocol.transport.queued == b"hello"


def test_nothing_is_written_once_the_close_has_begun() -> None:
    protocol = Protocol()
    protocol.state = STATE_OPEN - 1
    SocketTransport(protocol).offer(b"hello", MOST)
    assert (protocol.transport.socket.calls, protocol.transport.queued) == (0, b"")


def test_whoever_has_too_much_waiting_is_refused_more_and_nothing_is_written() -> None:
    protocol = Protocol(room=0)
    outlet = SocketTransport(protocol)
    assert [outlet.offer(b"x" * 600, MOST) for _ in range(3)] == [True, True, False]
    assert outlet.backlog() == 1_200


# --- what is held for what follows


async def test_what_is_held_leaves_with_what_follows_in_one_call() -> None:
    protocol = Protocol()
    outlet = SocketTransport(protocol)
    outlet.hold(b"ack")
    outlet.hold(b"another")
    assert protocol.transport.socket.calls == 0
    outlet.offer(b"change", MOST)
    outlet.offer(b"next", MOST)
    assert (protocol.transport.socket.taken, protocol.transport.socket.calls) == (b"ackanotherchangenext", 2)
    await asyncio.sleep(0)
    assert protocol.transport.socket.calls == 2


async def test_what_nothing_follows_leaves_in_the_next_turn() -> None:
    protocol = Protocol()
    outlet = SocketTransport(protocol)
    outlet.hold(b"ack")
    await asyncio.sleep(0)
    assert (protocol.transport.socket.taken, protocol.transport.socket.calls) == (b"ack", 1)
    outlet.offer(b"next", MOST)
    assert protocol.transport.socket.taken == b"acknext"


async def test_behind_what_waits_nothing_is_held() -> None:
    protocol = Protocol(room=2)
    outlet = SocketTransport(protocol)
    outlet.offer(b"hello", MOST)
    outlet.hold(b"ack")
    assert (protocol.transport.socket.taken, protocol.transport.queued) == (b"he", b"lloack")


async def test_what_is_held_is_not_written_once_the_close_has_begun() -> None:
    protocol = Protocol()
    outlet = SocketTransport(protocol)
    outlet.hold(b"ack")
    protocol.state = STATE_OPEN - 1
    await asyncio.sleep(0)
    assert (protocol.transport.socket.calls, protocol.transport.queued) == (0, b"")


# --- beside Autobahn


@pytest.fixture
def open_socket(monkeypatch: pytest.MonkeyPatch) -> DirectSocket:
    """Its Autobahn only writes and drops."""
    monkeypatch.setattr(QuickSocket, "sendData", lambda self, data: self.transport.write(data))
    monkeypatch.setattr(QuickSocket, "dropConnection", lambda self, abort: setattr(self, "state", STATE_OPEN - 1))
    socket = DirectSocket()
    socket.transport, socket.state = Reactor(1_000), STATE_OPEN
    socket.direct = SocketTransport(socket)
    socket.direct.offer(b"first", MOST)
    return socket


def test_what_autobahn_wrote_goes_before_what_follows(open_socket: DirectSocket) -> None:
    assert open_socket.direct
    open_socket.sendData(b"pong")
    open_socket.direct.offer(b"second", MOST)
    assert (open_socket.transport.socket.taken, open_socket.transport.queued) == (b"first", b"pongsecond")


async def test_what_autobahn_writes_goes_behind_what_is_held(open_socket: DirectSocket) -> None:
    assert open_socket.direct
    open_socket.direct.hold(b"ack")
    open_socket.sendData(b"pong")
    open_socket.direct.offer(b"second", MOST)
    assert (open_socket.transport.socket.taken, open_socket.transport.queued) == (b"firstack", b"pongsecond")


def test_after_autobahn_dropped_the_connection_nothing_is_written(open_socket: DirectSocket) -> None:
    assert open_socket.direct
    open_socket.dropConnection(abort=False)
    open_socket.direct.offer(b"second", MOST)
    assert (open_socket.transport.socket.taken, open_socket.transport.queued) == (b"first", b"")


def test_a_close_that_autobahn_began_is_the_last(open_socket: DirectSocket) -> None:
    assert open_socket.direct
    open_socket.sendData(b"close")
    open_socket.state = STATE_OPEN - 1
    open_socket.direct.offer(b"second", MOST)
    assert (open_socket.transport.socket.taken, open_socket.transport.queued) == (b"first", b"close")
