"""What indexing costs in things that can be counted: statements and rows. The first index wrote 42 rows a message, in a
transaction of five, and took in 200 messages a second; no clock is asked here. docs/performance.md has the speeds."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from groups import actions
from groups.models import Conversation
from messaging.history import history
from messaging.search import index, indexer, threads
from messaging.search.index import Batch, Entry, Step
from messaging.search.indexer import Indexer
from tests.messaging.conftest import message

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "the quick brown fox jumps over the lazy dog and says that it is {} already"


def entries(count: int, author: User) -> list[Entry]:
    return [
        Entry(seq, author.pk, f"2026-01-02T03:04:05.{seq:06d}Z", "text", TEXT.format(seq))
        for seq in range(1, count + 1)
    ]


def test_a_step_is_as_many_statements_for_many_messages_and_conversations_as_for_one(alice: User) -> None:
    places = [actions.create_group(alice, name=f"Group {number}", members=[]) for number in range(21)]
    index.begin([place.pk for place in places])
    counts = []
    for some, size in (([places[0]], 1), (places[1:], 50)):
        steps = [Step(place.pk, 0, size, Batch(entries(size, alice))) for place in some]
        with CaptureQueriesContext(connection) as captured:
            assert len(index.advance_all(steps)) == len(some)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8


@pytest.mark.skipif(connection.vendor != "sqlite", reason="counts SQLite's rows")
def test_a_message_is_one_row(alice: User, group: Conversation) -> None:
    """Its n-grams are in a block of 128; SQLite has one writer, and everybody who sends waits for it."""
    index.begin([group.pk])
    before = connection.connection.total_changes
    index.advance(group.pk, 0, 256, Batch(entries(256, alice)))
    while index.seal(index.standings([group.pk])[group.pk].cursor):
        pass
    assert connection.connection.total_changes - before <= 256 + 10


def test_what_a_burst_brought_to_many_conversations_shares_steps(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [actions.create_group(alice, name=f"Group {number}", members=[]) for number in range(20)]
    async_to_sync(history().commit)([message(place.pk, alice.pk, "tea") for place in places for _ in range(5)])
    steps: list[int] = []
    advance = index.advance_all

    def noted(some: Any) -> Any:
        steps.append(len(some))
        return advance(some)

    monkeypatch.setattr(index, "advance_all", noted)
    monkeypatch.setattr(indexer, "GATHER_SECONDS", 0)

    async def work() -> None:
        one = Indexer(history())
        one.wake([place.pk for place in places])
        await one.work()

    async_to_sync(work)()
    assert index.behind({place.pk: 6 for place in places}) == []
    assert steps[0] == len(places)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's alone")
def test_no_step_waits_for_the_disk_but_every_message_does(alice: User) -> None:
    def level() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            return int(cursor.fetchone()[0])

    assert async_to_sync(threads.on_thread)(threads.INDEXING, level) == 1
    assert async_to_sync(threads.on_thread)(threads.ANSWERING, level) == 2
    assert level() == 2
