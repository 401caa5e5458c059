"""Everybody comes back at once, to a worker that knows nobody: PostgreSQL is not asked for each of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import websockets

from tests.live import LiveServer, Socket, two_workers
from tests.live_postgres import LivePostgres
from tests.live_redis import LiveRedis

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
PEOPLE = 10
SOCKETS = 120
# What comes in at one time is looked up together, and chores ask now and then; one a socket would be twice as many.
STATEMENTS_MOST = SOCKETS // 2
STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): (?!BEGIN|COMMIT)")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[tuple[LiveServer, LiveServer, LivePostgres]]:
    redis, postgres = LiveRedis(tmp_path), LivePostgres()
    try:
        redis.start()
        postgres.make()
        with two_workers(tmp_path, DATABASE_URL=postgres.url, REDIS_URL=redis.url) as pair:
            yield *pair, postgres
    finally:
        redis.kill()
        postgres.remove()


async def open_socket(server: LiveServer, ticket: str) -> Socket:
    subprotocols = [websockets.Subprotocol("parley.v1"), websockets.Subprotocol(f"ticket.{ticket}")]
    url = server.url.replace("http", "ws") + "/ws"
    connection = await websockets.connect(url, subprotocols=subprotocols, max_size=None, open_timeout=60)
    return await Socket(connection).begin()


async def test_a_reconnect_storm_does_not_ask_postgresql_for_each_socket(
    workers: tuple[LiveServer, LiveServer, LivePostgres],
) -> None:
    one, other, postgres = workers
    people = [one.sign_up(f"person-{number}") for number in range(PEOPLE)]
    group = people[0].make_group(*people[1:])
    with ThreadPoolExecutor(4) as threads:
        tickets = list(threads.map(lambda number: people[number % PEOPLE].ticket(), range(SOCKETS)))
    before = len(STATEMENT.findall(postgres.log.read_text()))
    sockets = await asyncio.gather(*(open_socket(other, ticket) for ticket in tickets))
    asked = len(STATEMENT.findall(postgres.log.read_text())) - before
    assert all(group in socket.positions for socket in sockets)
    assert 0 < asked < STATEMENTS_MOST
    for socket in sockets:
        await socket.close()
