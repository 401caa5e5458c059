"""Ready frames to the system without the reactor, in order behind whatever the reactor still has to write."""

from __future__ import annotations

from typing import Any

import pytest

from chatproject.frames import QuickSocket
from chatproject.transport import STATE_OPEN, DirectSocket, SocketTransport

MOST = 1_000


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
