"""What the guard lets a client do before its handshake is answered."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from autobahn.twisted import websocket
from autobahn.websocket import protocol
from daphne.ws_protocol import WebSocketFactory
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

from chatproject.guard import EARLY_BYTES_MOST, GuardedSocket
from chatproject.server import format_nothing_unlogged
from tests.live import LiveServer
from tests.wire.raw import KEY

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: " + KEY + b"\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Wire(StringTransport):
    """As the real one: letting go of a producer there never was is fine."""

    def unregisterProducer(self) -> None:
        self.producer = None

    def abortConnection(self) -> None:
        self.disconnected = True


class Accepting:
    """As much of Daphne's server as a handshake needs; answers when the test says so."""

    root_path = ""
    proxy_forwarded_address_header = None

    def __init__(self) -> None:
        self.applications = 0

    def protocol_connected(self, protocol: Any) -> None:
        assert self.applications == 0

    def protocol_disconnected(self, protocol: Any) -> None:
        pass

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[Any]:
        self.applications += 1
        return asyncio.Queue()

    def log_action(self, *told: Any) -> None:
        pass


@pytest.fixture
async def opened() -> tuple[Accepting, GuardedSocket, Wire]:
    return open_socket()


def open_socket() -> tuple[Accepting, GuardedSocket, Wire]:
    server = Accepting()
    factory = WebSocketFactory(server)
    factory.protocol = GuardedSocket
    protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
    protocol._raw_query_string = b""
    transport = Wire()
    protocol.makeConnection(transport)
    protocol.dataReceived(HANDSHAKE)
    return server, protocol, transport


async def test_a_second_handshake_before_the_answer_is_not_taken_for_one(opened: Any) -> None:
    server, protocol, transport = opened
    protocol.dataReceived(HANDSHAKE)
    assert (server.applications, transport.value()) == (1, b"")
    protocol.serverAccept()
    assert transport.value().startswith(b"HTTP/1.1 101 ")
    assert transport.disconnecting or transport.disconnected, "what came early is no frame"


async def test_whoever_sends_much_before_the_answer_is_cut(opened: Any) -> None:
    _, protocol, transport = opened
    protocol.dataReceived(b"x" * (EARLY_BYTES_MOST + 1))
    assert transport.disconnecting or transport.disconnected


async def test_a_client_has_time_for_its_part_of_the_goodbye(opened: Any) -> None:
    """Autobahn's own second is less than a phone, or a busy machine, may need."""
    _, protocol, _ = opened
    assert protocol.closeHandshakeTimeout >= 5


async def test_no_accept_formats_what_nobody_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Autobahn's settings and names, for a debug log."""
    formatted: list[Any] = []

    def format_now(value: Any) -> str:
        formatted.append(value)
        return ""

    for module, name in ((protocol, "pformat"), (protocol, "hltype"), (websocket, "hltype"), (websocket, "hlval")):
        monkeypatch.setattr(module, name, format_now)
    format_nothing_unlogged()
    open_socket()
    assert formatted == []


# A request that is answered before, on the same connection.
BEFORE = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: 0\r\n" * 300 + b"\r\n"


@pytest.mark.server
@pytest.mark.parametrize(
    ("start", "status"),
    [
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
        (b"GET /" + b"x" * 16_380 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"x" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: 0123456789\r\n" * 1_500 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: 0\r\n" * 600 + b"\r\n", b"431"),
        (BEFORE + b"GET /" + b"x" * 16_380 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
        (BEFORE + b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: 0\r\n" * 600 + b"\r\n", b"431"),
    ],
)
def test_what_is_too_long_is_said(live_server_process: LiveServer, start: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", live_server_process.port), timeout=20) as client:
        client.sendall(start)
        answer = b""
        while chunk := client.recv(4_096):
            answer += chunk
    assert answer.rpartition(b"HTTP/1.1 ")[2].startswith(status)
