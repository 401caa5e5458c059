"""The session with Cassandra over a driver that fails as asked: what breaks is tried once more, then unavailable."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from unittest.mock import Mock

import pytest
from cassandra import ConsistencyLevel, OperationTimedOut
from cassandra.connection import ConnectionBusy, ConnectionShutdown

from accounts.errors import UnavailableError
from messaging.history.cassandra import session
from messaging.history.cassandra.address import read_address
from messaging.history.cassandra.policies import LeavesOutPolicy
from messaging.history.cassandra.reading import Pages
from messaging.history.cassandra.session import RECONNECT_SECONDS, Connected, Connection

BOB = uuid.uuid4()
FAILURES = [ConnectionShutdown("reset by peer"), ConnectionBusy("too much in flight"), OperationTimedOut()]
ROWS = [(1, "run")]
# What a quorum may know of a change when the nodes that had all of it died at once.
PARTS = {"page_up": (1, None), "page_down": (1, None), "rows": (1, 1, BOB, True, None), "authors": (1, None, BOB)}


class Request:
    """A driver's request that has ended already."""

    def __init__(self, outcome: list[Any] | Exception) -> None:
        self._outcome = outcome

    def add_callbacks(self, ok: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        if isinstance(self._outcome, Exception):
            failed(self._outcome)
        else:
            ok(self._outcome)


def connection(*outcomes: list[Any] | Exception) -> Connection:
    """One that is connected already; each request ends with the next outcome."""
    driver = Mock()
    driver.execute_async.side_effect = [Request(outcome) for outcome in outcomes]
    made = Connection(read_address("cassandra://127.0.0.2/parley?dc=datacenter1"))
    made._connected = Future()
    statements = dict.fromkeys(["epoch", "heads", "later_up", *PARTS], Mock())
    made._connected.set_result(Connected(driver, Mock(), statements, {}))
    return made


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
async def test_a_request_that_breaks_is_tried_once_more(failure: Exception) -> None:
    assert await connection(failure, ROWS).run("epoch") == ROWS


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
async def test_one_that_breaks_again_or_may_not_be_repeated_is_unavailable(failure: Exception) -> None:
    with pytest.raises(UnavailableError):
        await connection(failure, failure).run("epoch")
    with pytest.raises(UnavailableError):
        await connection(failure, ROWS).run("epoch", once=True)


async def test_connecting_goes_on_after_a_connection_that_broke_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Connection(read_address("cassandra://127.0.0.2/parley?dc=datacenter1"))
    driver = Connected(Mock(), Mock(), {}, {})
    tries = Mock(side_effect=[ConnectionShutdown("reset by peer"), driver])
    monkeypatch.setattr(session.Connection, "_try_to_connect", tries)
    assert await made.connected() is driver


@pytest.mark.parametrize("name", PARTS)
async def test_a_part_of_a_change_is_asked_of_every_node_and_else_no_answer(name: str) -> None:
    made = connection([PARTS[name]], ROWS)
    statement = made._connected.result().statements[name].bind.return_value  # type: ignore[union-attr]
    assert await made.run(name) == ROWS
    assert statement.consistency_level == ConsistencyLevel.ALL
    with pytest.raises(UnavailableError):
        await connection([PARTS[name]], [PARTS[name]]).run(name)


async def test_a_page_with_a_hole_is_asked_of_every_node_and_else_no_answer() -> None:
    """A quorum of nodes that lost their newest data shows one where another node has the change still."""
    (whole, hole), none = [[(1, b"{}"), (2, b"{}")], [(2, b"{}")]], []
    page = await Pages(connection(hole, none, whole)).page(BOB, 0, None, 2, 2)
    assert [bytes(change) for change in page.changes] == [b"{}", b"{}"]
    with pytest.raises(UnavailableError):
        await Pages(connection(hole, none, hole)).page(BOB, 0, None, 2, 2)


async def test_a_head_may_lack_what_has_not_been_written_yet() -> None:
    assert await connection([(BOB, 1, None, None, None)]).run("heads") == [(BOB, 1, None, None, None)]


def test_a_node_that_is_back_is_found_again_within_seconds() -> None:
    made = Connection(read_address("cassandra://127.0.0.2/parley?dc=datacenter1"))
    cluster = made._cluster(LeavesOutPolicy("datacenter1"))
    schedule = itertools.islice(cluster.reconnection_policy.new_schedule(), 20)
    # The driver spreads its tries by 15 in a hundred.
    assert max(schedule) <= RECONNECT_SECONDS * 1.15
    assert RECONNECT_SECONDS < 5


def test_a_connection_that_has_gone_dumb_is_found_out_within_seconds() -> None:
    cluster = Connection(read_address("cassandra://127.0.0.2/parley?dc=datacenter1"))._cluster(LeavesOutPolicy("dc1"))
    assert 2 * cluster.idle_heartbeat_interval + cluster.idle_heartbeat_timeout < 10 - RECONNECT_SECONDS
