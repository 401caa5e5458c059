"""Who gets a socket: every other handshake is refused with 4xx, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import Any

import httpx
import pytest

from accounts.models import new_id
from accounts.tickets import TICKET_SECONDS, LocalTicketBook
from messaging.consumers import CLOSE_TOO_MANY_SOCKETS
from tests.live import LiveServer, Socket
from tests.wire.conftest import Cast, Newcomer
from tests.wire.raw import PING, Raw, command, frame, handshake

pytestmark = pytest.mark.server

PROTOCOL = b"Sec-WebSocket-Protocol"


def origin(value: bytes) -> dict[str, Any]:
    return {"extra": [(b"Origin", value)]}


def offered(value: bytes) -> dict[str, Any]:
    """Subprotocols in place of the right ones."""
    return {"without": [PROTOCOL], "extra": [(PROTOCOL, value)]}


REFUSED: dict[str, dict[str, Any]] = {
    "a null origin": origin(b"null"),
    "an empty origin": origin(b""),
    "another host's origin": origin(b"https://evil.example"),
    "our host as a prefix": origin(b"http://127.0.0.1:{port}.evil.example"),
    "our host as a user": origin(b"http://127.0.0.1:{port}@evil.example"),
    "our host at another port": origin(b"http://127.0.0.1:1"),
    "an origin with a path": origin(b"http://127.0.0.1:{port}/"),
    "an origin of another scheme": origin(b"ftp://127.0.0.1:{port}"),
    "an origin with port 99999": origin(b"http://127.0.0.1:99999"),
    "an origin with port x": origin(b"http://127.0.0.1:x"),
    "an origin of brackets": origin(b"http://[::"),
    "an origin of high bytes": origin(b"http://\xff\xfe"),
    "a very long origin": origin(b"http://" + b"a" * 8_000),
    "two origins": {"extra": [(b"Origin", b"http://127.0.0.1:{port}"), (b"Origin", b"https://evil.example")]},
    "a host that is not ours": {
        "without": [b"Host"],
        "extra": [(b"Host", b"evil.example"), (b"Origin", b"http://evil.example")],
    },
    "no host": {"without": [b"Host"]},
    "two hosts": {"extra": [(b"Host", b"evil.example")]},
    "no upgrade": {"without": [b"Upgrade"]},
    "another upgrade": {"without": [b"Upgrade"], "extra": [(b"Upgrade", b"h2c")]},
    "version 12": {"without": [b"Sec-WebSocket-Version"], "extra": [(b"Sec-WebSocket-Version", b"12")]},
    "no version": {"without": [b"Sec-WebSocket-Version"]},
    "version x": {"without": [b"Sec-WebSocket-Version"], "extra": [(b"Sec-WebSocket-Version", b"x")]},
    "connection close": {"without": [b"Connection"], "extra": [(b"Connection", b"close")]},
    "no key": {"without": [b"Sec-WebSocket-Key"]},
    "a short key": {"without": [b"Sec-WebSocket-Key"], "extra": [(b"Sec-WebSocket-Key", b"abc")]},
    "a key of high bytes": {"without": [b"Sec-WebSocket-Key"], "extra": [(b"Sec-WebSocket-Key", b"\xe9" * 24)]},
    "a post": {"line": b"POST /ws HTTP/1.1"},
    "an unknown path": {"line": b"GET /ws/other HTTP/1.1"},
    "no path": {"line": b"GET / HTTP/1.1"},
    "a path with NUL": {"line": b"GET /ws%00 HTTP/1.1"},
    "a path of high bytes": {"line": b"GET /ws\xff HTTP/1.1"},
    "a path of percent high bytes": {"line": b"GET /ws%ff%fe HTTP/1.1"},
    "a long path": {"line": b"GET /" + b"w" * 8_000 + b" HTTP/1.1"},
    "a path upwards": {"line": b"GET /ws/..%2fws HTTP/1.1"},
    "a fragment": {"line": b"GET /ws#here HTTP/1.1"},
    "a query of high bytes": {"line": b"GET /ws?a=\xff HTTP/1.1"},
    "a vertical tab in a header": {"extra": [(b"X-A", b"a\x0bb")]},
    "a next line in a header": {"extra": [(b"X-A", b"a\x85b")]},
    "600 headers": {"extra": [(b"X-%d" % number, b"a") for number in range(600)]},
    "a header of 20 kB": {"extra": [(b"X-A", b"a" * 20_000)]},
    "a header without a name": {"extra": [(b"", b"a")]},
    "a header with a blank in its name": {"extra": [(b"X A", b"a")]},
    "a non-ASCII subprotocol": offered(b"parley.v1, ticket.{ticket}, \xe9"),
    "an undecodable subprotocol": offered(b"\xff\xfe"),
    "no subprotocol": {"without": [PROTOCOL]},
    "an unknown subprotocol": offered(b"parley.v9, ticket.{ticket}"),
    "our subprotocol without a ticket": offered(b"parley.v1"),
    "a ticket without our subprotocol": offered(b"ticket.{ticket}"),
    "two tickets": offered(b"parley.v1, ticket.{ticket}, ticket.x"),
    "the same subprotocol twice": offered(b"parley.v1, parley.v1, ticket.{ticket}"),
    "a long subprotocol": offered(b"parley.v1, ticket." + b"a" * 8_000),
    "100 subprotocols": offered(b", ".join(b"name%d" % number for number in range(100))),
    "a percent sign in a subprotocol": offered(b"parley.v1, ticket.%ff%00"),
    "a ticket in the query": {"line": b"GET /ws?ticket={ticket} HTTP/1.1", **offered(b"parley.v1")},
    "a ticket in a header": {**offered(b"parley.v1"), "extra": [(PROTOCOL, b"parley.v1"), (b"Ticket", b"{ticket}")]},
    "an empty ticket": offered(b"parley.v1, ticket."),
    "half a ticket": offered(b"parley.v1, ticket.{half}"),
    "a ticket with one letter more": offered(b"parley.v1, ticket.{ticket}a"),
    "a ticket in other letters": offered(b"parley.v1, ticket.{swapped}"),
}


def filled(item: Any, words: dict[bytes, bytes]) -> Any:
    """A row with the server's port and the ticket put in."""
    if isinstance(item, bytes):
        for word, value in words.items():
            item = item.replace(word, value)
        return item
    if isinstance(item, dict):
        return {name: filled(value, words) for name, value in item.items()}
    return type(item)(filled(part, words) for part in item)


def words(cast: Cast, ticket: str) -> dict[bytes, bytes]:
    named = {"port": str(cast.server.port), "ticket": ticket, "half": ticket[:16], "swapped": ticket.swapcase()}
    return {f"{{{name}}}".encode(): value.encode() for name, value in named.items()}


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED.keys())
async def test_a_bad_handshake_is_refused(cast: Cast, bystander: Socket, row: dict[str, Any]) -> None:
    ticket = await asyncio.to_thread(cast.alice.ticket)
    connection = await Raw.open(cast.server)
    await connection.send(handshake(cast.server, ticket, **filled(row, words(cast, ticket))))
    status = await connection.answer()
    assert status is None or 400 <= status < 500
    connection.hang_up()


ACCEPTED: dict[str, dict[str, Any]] = {
    "no origin, as a program": {},
    "our origin": origin(b"http://127.0.0.1:{port}"),
    "our origin in upper case": origin(b"HTTP://127.0.0.1:{port}"),
    "100 further subprotocols": offered(b"parley.v1, ticket.{ticket}, " + b", ".join(b"n%d" % n for n in range(100))),
    "a root path from the client": {"extra": [(b"Daphne-Root-Path", b"/evil")]},
    "a root path of high bytes": {"extra": [(b"Daphne-Root-Path", b"/\xff")]},
    "another's address": {
        "extra": [(b"X-Forwarded-For", b"1.2.3.4"), (b"X-Real-IP", b"not an address"), (b"X-Forwarded-Proto", b"x")]
    },
    "a cookie of high bytes": {"extra": [(b"Cookie", b"sessionid=\xe9\xff")]},
    "two cookies": {"extra": [(b"Cookie", b"a=1"), (b"Cookie", b"a=2")]},
    "compression, which we do not speak": {"extra": [(b"Sec-WebSocket-Extensions", b"permessage-deflate")]},
    "a header under a line break": {"extra": [(b"X-A", b"a\r\n b")]},
}


@pytest.mark.parametrize("row", ACCEPTED.values(), ids=ACCEPTED.keys())
async def test_an_odd_but_honest_handshake_is_accepted(cast: Cast, row: dict[str, Any]) -> None:
    ticket = await asyncio.to_thread(cast.alice.ticket)
    connection = await Raw.open(cast.server)
    await connection.send(handshake(cast.server, ticket, **filled(row, words(cast, ticket))))
    assert await connection.answer() == 101
    assert (await connection.event(type="welcome"))["user_id"] == cast.alice.id
    connection.hang_up()


@pytest.mark.parametrize("name", [b"X-Real-IP", b"X-Forwarded-Proto", b"X-Forwarded-For", b"X-Forwarded-Port"])
@pytest.mark.parametrize("value", [b"\xff\xfe", b"", b"not an address", b"::1]:x", b"1.2.3.4, 5.6.7.8", b"a" * 8_000])
async def test_a_proxy_that_talks_nonsense_costs_nobody_an_answer(strict: Cast, name: bytes, value: bytes) -> None:
    connection = await Raw.open(strict.server)
    extra = [(b"X-Real-IP", b"1.2.3.4"), (name, value)] if name != b"X-Real-IP" else [(name, value)]
    await connection.send(handshake(strict.server, "not a ticket", extra=extra))
    assert await connection.answer() == 403
    connection.hang_up()


async def test_a_client_cannot_move_the_addresses_of_our_pages(cast: Cast) -> None:
    async with httpx.AsyncClient(base_url=cast.server.url) as browser:
        for root in ("/evil", "//evil.example", "/\u00e9"):
            answer = await browser.get("/c/", headers={b"Daphne-Root-Path": root.encode()})
            assert answer.status_code == 302
            assert answer.headers["location"].startswith("/accounts/login/")


async def test_a_ticket_opens_one_socket_once(cast: Cast) -> None:
    ticket = await asyncio.to_thread(cast.alice.ticket)
    first = await (await Raw.open(cast.server)).upgrade(cast.server, ticket)
    second = await Raw.open(cast.server)
    await second.send(handshake(cast.server, ticket))
    assert await second.answer() == 403
    first.hang_up()


async def test_a_ticket_used_by_fifty_at_once_opens_one_socket(cast: Cast) -> None:
    ticket = await asyncio.to_thread(cast.alice.ticket)
    connections = [await Raw.open(cast.server) for _ in range(50)]
    await asyncio.gather(*(connection.send(handshake(cast.server, ticket)) for connection in connections))
    statuses = [await connection.answer() for connection in connections]
    assert sorted(status or 0 for status in statuses) == [101] + [403] * 49
    for connection in connections:
        connection.hang_up()


async def test_a_ticket_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    book, now = LocalTicketBook(), time.monotonic()
    text = await book.issue(new_id(), session_id="token:a")
    monkeypatch.setattr("accounts.tickets.time.monotonic", lambda: now + TICKET_SECONDS + 1)
    assert await book.redeem(text) is None


async def test_a_ticket_dies_with_the_session_it_was_issued_to(cast: Cast, newcomer: Newcomer) -> None:
    dave = await newcomer("dave")
    ticket = await asyncio.to_thread(dave.ticket)
    assert (await asyncio.to_thread(dave.api.post, "logout")).status_code < 300
    connection = await Raw.open(cast.server)
    await connection.send(handshake(cast.server, ticket))
    assert await connection.answer() == 403


async def test_a_changed_password_takes_the_tickets_and_sockets_of_other_sessions(
    cast: Cast, newcomer: Newcomer
) -> None:
    erin = await newcomer("erin")
    username = (await asyncio.to_thread(erin.api.get, "me")).json()["username"]
    login = {"username": username, "password": "correct horse battery"}
    other = await asyncio.to_thread(httpx.post, f"{cast.server.url}/api/v1/login", json=login, timeout=30)
    headers = {"Authorization": f"Bearer {other.json()['token']}"}
    ticket = await asyncio.to_thread(erin.ticket)
    socket = await erin.connect()
    changed = await asyncio.to_thread(
        httpx.post,
        f"{cast.server.url}/api/v1/me/password",
        json={"old_password": login["password"], "new_password": "another horse battery"},
        headers=headers,
        timeout=30,
    )
    assert changed.status_code < 300, changed.text
    connection = await Raw.open(cast.server)
    await connection.send(handshake(cast.server, ticket))
    assert await connection.answer() == 403
    assert await socket.closed() == 4001


async def test_the_last_socket_above_the_bound_is_told_why_and_closed(strict: Cast) -> None:
    kept = [await strict.raw(strict.carol) for _ in range(3)]
    ticket = await asyncio.to_thread(strict.carol.ticket)
    fourth = await (await Raw.open(strict.server)).upgrade(strict.server, ticket)
    await fourth.send(command(type="ping", ref="late"))
    assert await fourth.end() == CLOSE_TOO_MANY_SOCKETS
    assert [told.get("code") for told in fourth.told] == ["too_many_sockets"]
    for connection in kept:
        await connection.send(command(type="ping", ref="here"))
        await connection.event(type="pong", ref="here")
    kept.pop().hang_up()
    async with asyncio.timeout(5):
        while not await _is_welcome(strict):
            pass
    for connection in kept:
        connection.hang_up()


async def _is_welcome(strict: Cast) -> bool:
    ticket = await asyncio.to_thread(strict.carol.ticket)
    connection = await (await Raw.open(strict.server)).upgrade(strict.server, ticket)
    first = await connection.event()
    connection.hang_up()
    return bool(first["type"] == "welcome")


async def test_a_second_handshake_behind_the_first_opens_nothing(cast: Cast, bystander: Socket) -> None:
    tickets = [await asyncio.to_thread(cast.alice.ticket) for _ in range(2)]
    for is_one_segment in (True, False):
        both = [handshake(cast.server, ticket) for ticket in tickets]
        connection = await Raw.open(cast.server)
        for segment in [b"".join(both)] if is_one_segment else both:
            await connection.send(segment)
        # None: what came early is no frame, and the cut may overtake the answer.
        assert await connection.answer() in (101, 400, 403, None)
        await connection.send(frame(PING))
        told = [told async for told in _welcomes(connection)]
        assert len(told) <= 1
        tickets = [await asyncio.to_thread(cast.alice.ticket) for _ in range(2)]


async def _welcomes(connection: Raw) -> Any:
    """The welcomes of a connection, until it ends or a second of silence."""
    try:
        while True:
            yield await asyncio.wait_for(connection.event(type="welcome"), 1)
    except (TimeoutError, AssertionError, asyncio.IncompleteReadError, ConnectionError):
        connection.hang_up()


async def test_a_request_smuggled_behind_the_upgrade_is_not_answered(cast: Cast, bystander: Socket) -> None:
    connection = await cast.raw(cast.alice)
    await connection.send(b"GET /api/v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await connection.end()
    assert all("type" in told for told in connection.told)


def test_many_may_wait_while_the_worker_is_busy(own_server: LiveServer) -> None:
    """Whom the system turns away, for want of room, hears nothing and tries again after a second."""
    own_server.freeze()
    try:
        with contextlib.ExitStack() as waiting:
            for _ in range(200):
                waiting.enter_context(socket.create_connection(("127.0.0.1", own_server.port), timeout=0.9))
    finally:
        own_server.thaw()
