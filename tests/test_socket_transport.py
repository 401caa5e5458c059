"""Ready frames to the system without the reactor, in order behind whatever the reactor still has to write."""

from __future__ import annotations

from typing import Any

import pytest

from chatproject.server import STATE_OPEN, SocketTransport


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
    SocketTransport(protocol).write(b"hello")
    assert (protocol.transport.socket.taken, protocol.transport.socket.calls) == (b"hello", 1)
    assert protocol.transport.queued == b""


@pytest.mark.parametrize("room", [0, 1, 4])
def test_what_a_full_socket_does_not_take_waits_and_all_that_follows_waits_behind_it(room: int) -> None:
    protocol = Protocol(room)
    outlet = SocketTransport(protocol)
    outlet.write(b"hello")
    protocol.transport.socket.room = 1_000
    outlet.write(b"world")
    assert protocol.transport.socket.taken + protocol.transport.queued == b"helloworld"
    assert (protocol.transport.socket.calls, outlet.backlog()) == (1, 10 - room)


def test_a_connection_that_is_lost_is_the_reactors_to_find() -> None:
    protocol = Protocol()

    def lost(data: bytes) -> int:
        raise ConnectionResetError

    protocol.transport.socket.send = lost  # type: ignore[method-assign]
    SocketTransport(protocol).write(b"hello")
    assert protocol.transport.queued == b"hello"


def test_nothing_is_written_once_the_close_has_begun() -> None:
    protocol = Protocol()
    protocol.state = STATE_OPEN - 1
    SocketTransport(protocol).write(b"hello")
    assert (protocol.transport.socket.calls, protocol.transport.queued) == (0, b"")
