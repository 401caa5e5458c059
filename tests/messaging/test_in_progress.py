"""One key at two workers of one database, while the first try is being stored: the other waits for its outcome."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from accounts.errors import UnavailableError
from messaging.errors import KeyReusedError
from messaging.history import Draft, Stored, sql
from messaging.history.sql import SqlHistory, writing
from messaging.protocol import AnyChange
from tests.live import DEADLINE_SECONDS
from tests.messaging.conftest import message

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = uuid.uuid4()
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Worker:
    """One of two that share the database: its history, and where its next write is held."""

    def __init__(self, name: str) -> None:
        self.history = SqlHistory()
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()
        self.breaks_off = False
        self.run(lambda: setattr(threading.current_thread(), "name", name))

    def run(self, work: Callable[[], Any]) -> Any:
        return self.history._writer.submit(work).result(DEADLINE_SECONDS)

    def bound(self) -> None:
        """Wait for nobody's lock for as long as workers do, which is some seconds."""
        self.run(_bound)

    def put(self, draft: Draft) -> asyncio.Task[list[Stored | Exception]]:
        return asyncio.create_task(self.history.commit([draft]))

    async def until_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, DEADLINE_SECONDS)


def _bound() -> None:
    own = connections["default"]
    if own.vendor == "postgresql":
        own.cursor().execute("SET statement_timeout = 300")
    else:
        own.settings_dict = {**own.settings_dict, "OPTIONS": {**own.settings_dict["OPTIONS"], "timeout": 0.3}}


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Worker, Worker]]:
    pair = {name: Worker(name) for name in ("one", "other")}
    commit, store = sql.commit_drafts, writing.store_mentions

    def begin(drafts: Any) -> Any:
        if pair["one"].begun.is_set():
            pair[threading.current_thread().name].begun.set()
        return commit(drafts)

    def hold(changes: Iterable[AnyChange]) -> None:
        """All is written, nothing is committed."""
        store(changes)
        worker = pair[threading.current_thread().name]
        worker.begun.set()
        assert worker.may_end.wait(DEADLINE_SECONDS)
        if worker.breaks_off:
            raise OperationalError

    monkeypatch.setattr(sql, "commit_drafts", begin)
    monkeypatch.setattr(writing, "store_mentions", hold)
    yield pair["one"], pair["other"]
    for worker in pair.values():
        worker.may_end.set()
        worker.history.close()


async def until_it_waits() -> None:
    """PostgreSQL says who waits for a lock; SQLite does not."""

    def count() -> int:
        try:
            with connection.cursor() as cursor:
                cursor.execute(WAITING)
                return int(cursor.fetchone()[0])
        finally:
            connection.close()  # this thread's own

    async with asyncio.timeout(DEADLINE_SECONDS):
        while connection.vendor == "postgresql" and not await asyncio.to_thread(count):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # polls what cannot call back


async def test_a_retry_waits_for_the_write_in_progress_and_has_its_outcome(
    workers: tuple[Worker, Worker], place: uuid.UUID
) -> None:
    one, other = workers
    key = uuid.uuid4()
    one.may_end.clear()
    first = one.put(message(place, ALICE, "hello", key))
    await one.until_begun()
    again = other.put(message(place, ALICE, "hello", key))
    await other.until_begun()
    await until_it_waits()
    assert not again.done()
    different = other.put(message(place, ALICE, "goodbye", key))
    one.may_end.set()
    [stored], [repeated], [refused] = await first, await again, await different
    assert isinstance(stored, Stored)
    assert isinstance(repeated, Stored)
    assert (stored.repeated, repeated.repeated) == (False, True)
    assert repeated.content == stored.content
    assert isinstance(refused, KeyReusedError)


async def test_it_is_unavailable_only_when_the_write_takes_longer_than_it_may_wait(
    workers: tuple[Worker, Worker], place: uuid.UUID
) -> None:
    one, other = workers
    key = uuid.uuid4()
    await asyncio.to_thread(other.bound)
    one.may_end.clear()
    first = one.put(message(place, ALICE, "hello", key))
    await one.until_begun()
    with pytest.raises(UnavailableError):
        await other.put(message(place, ALICE, "hello", key))
    assert not first.done()
    one.may_end.set()
    [stored] = await first
    [repeated] = await other.put(message(place, ALICE, "hello", key))
    assert isinstance(stored, Stored)
    assert isinstance(repeated, Stored)
    assert (repeated.repeated, repeated.content) == (True, stored.content)


async def test_a_retry_of_what_came_to_nothing_is_the_first(workers: tuple[Worker, Worker], place: uuid.UUID) -> None:
    """The worker that was at it breaks off, as when it is killed."""
    one, other = workers
    key = uuid.uuid4()
    one.may_end.clear()
    first = one.put(message(place, ALICE, "hello", key))
    await one.until_begun()
    again = other.put(message(place, ALICE, "hello", key))
    await other.until_begun()
    await until_it_waits()
    one.breaks_off = True
    one.may_end.set()
    with pytest.raises(UnavailableError):
        await first
    [stored] = await again
    assert isinstance(stored, Stored)
    assert (stored.repeated, stored.change.seq) == (False, 1)
