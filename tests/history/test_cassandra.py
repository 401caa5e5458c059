"""The history in Cassandra as two workers at once: run by deploy/with-cassandra.sh."""

from __future__ import annotations

import asyncio
import functools
import os
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Sequence

import pytest
from django.conf import settings

from accounts.errors import UnavailableError
from messaging.history import Draft, History, Stored
from messaging.history.cassandra.annotations import preview_stamp
from messaging.history.cassandra.rows import record_of
from messaging.history.lane import Lane
from messaging.protocol import decode_change
from tests.live import ROOT
from tests.messaging.conftest import READY_SECONDS, message

pytestmark = pytest.mark.cassandra

ALICE, BOB = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
async def workers() -> AsyncIterator[list[History]]:
    from messaging.history.cassandra.store import CassandraHistory

    workers: list[History] = [CassandraHistory(settings.CASSANDRA, settings.REDIS_URL) for _ in range(2)]
    for worker in workers:
        await ready(worker)
    yield workers
    for worker in workers:
        await worker.rest()
        worker.close()


async def test_a_retry_that_meets_its_first_try_waits_for_it(
    workers: list[History], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At another worker, while the first one is between its number and its row."""
    place, key = uuid.uuid4(), uuid.uuid4()
    await store(workers[0], message(place, BOB, "before"))
    await store(workers[1], message(place, BOB, "before, too"))
    rows = workers[0]._rows  # type: ignore[attr-defined]
    reserved, go_on, write = asyncio.Event(), asyncio.Event(), rows.write

    async def write_later(*about: object) -> object:
        reserved.set()
        await go_on.wait()
        return await write(*about)

    monkeypatch.setattr(rows, "write", write_later)
    lanes: list[Lane[Draft, Stored]] = [Lane(worker.commit) for worker in workers]
    first = lanes[0].put(message(place, ALICE, "hello", key))
    await reserved.wait()
    retry = lanes[1].put(message(place, ALICE, "hello", key))
    # What comes after it is not held up.
    other = await lanes[1].put(message(uuid.uuid4(), ALICE, "elsewhere"))
    assert not other.repeated
    assert not retry.done()
    go_on.set()
    assert ((await first).repeated, (await retry).repeated) == (False, True)
    assert (await first).content == (await retry).content


async def ready(worker: History) -> None:
    until = time.monotonic() + READY_SECONDS
    while missing := await worker.missing():
        assert time.monotonic() < until, f"no answer from {missing}"
        await asyncio.sleep(0.05)


async def store(worker: History, draft: Draft) -> Stored:
    """As a client does: again with the same key until it is answered."""
    until = time.monotonic() + READY_SECONDS
    while True:
        try:
            [outcome] = await worker.commit([draft])
        except UnavailableError as error:
            outcome = error
        if isinstance(outcome, Stored):
            return outcome
        assert isinstance(outcome, UnavailableError)
        assert time.monotonic() < until
        await asyncio.sleep(0.05)


def numbers(stored: Sequence[Stored]) -> list[int]:
    return [item.change.seq for item in stored]


def test_making_the_tables_once_more_says_one_line_each_time() -> None:
    """A driver that is left in a hurry has words of its own, now and then."""
    command = [sys.executable, "manage.py", "make_history"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "chatproject.settings"}
    for _ in range(5):
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.stderr, done.stdout.count("\n"), done.returncode) == ("", 1, 0)


async def test_two_workers_give_one_order_without_a_hole(workers: list[History]) -> None:
    place = uuid.uuid4()
    drafts = [message(place, (ALICE, BOB)[number % 2], str(number)) for number in range(40)]
    stored = await asyncio.gather(*(store(workers[number % 2], draft) for number, draft in enumerate(drafts)))
    assert sorted(numbers(stored)) == list(range(1, 41))
    pages = [await worker.page(place, after=0, limit=100) for worker in workers]
    assert pages[0] == pages[1]
    assert [decode_change(content).seq for content in pages[0].changes] == list(range(1, 41))


async def test_a_key_is_known_to_the_other_worker_and_after_redis_lost_everything(workers: list[History]) -> None:
    place, key = uuid.uuid4(), uuid.uuid4()
    first = await store(workers[0], message(place, ALICE, "hello", key))
    again = await store(workers[1], message(place, ALICE, "hello", key))
    assert (again.repeated, again.content) == (True, first.content)
    await workers[0]._keeper._client().flushall()  # type: ignore[attr-defined]
    for worker in workers:
        again = await store(worker, message(place, ALICE, "hello", key))
        assert (again.repeated, again.content) == (True, first.content)
    after = await store(workers[1], message(place, BOB, "after"))
    assert after.change.seq == 2


async def test_a_key_that_was_new_a_moment_ago_is_stored_once_whatever_redis_forgets(workers: list[History]) -> None:
    place = uuid.uuid4()
    await store(workers[0], message(place, BOB, "before"))
    moment = workers[0].moment()
    assert moment
    assert workers[0].is_recent(moment)
    draft = functools.partial(message, place, ALICE, "hello", uuid.uuid4())
    first = await store(workers[0], new_since(moment, draft()))
    for worker in workers:
        again = await store(worker, new_since(moment, draft()))
        assert (again.repeated, again.content) == (True, first.content)
    await workers[0]._keeper._client().flushall()  # type: ignore[attr-defined]
    again = await store(workers[0], new_since(moment, draft()))
    assert (again.repeated, again.content) == (True, first.content)
    assert not workers[0].is_recent(moment)


async def test_a_key_from_before_keys_lay_beside_their_changes_is_known(workers: list[History]) -> None:
    place, key = uuid.uuid4(), uuid.uuid4()
    first = await store(workers[0], message(place, ALICE, "hello", key))
    session = (await workers[0]._connection.connected()).session  # type: ignore[attr-defined]
    record = record_of(place, ALICE, key)
    assert list(session.execute("SELECT seq FROM stored_key WHERE conversation_id = %s AND bucket = 0", [place])) == [
        (1,)
    ]
    session.execute("DELETE FROM stored_key WHERE conversation_id = %s AND bucket = 0", [place])
    session.execute("INSERT INTO known_key (id, seq) VALUES (%s, 1)", [record])
    await workers[0]._keeper._client().flushall()  # type: ignore[attr-defined]
    again = await store(workers[1], message(place, ALICE, "hello", key))
    assert (again.repeated, again.content) == (True, first.content)


def new_since(moment: object, draft: Draft) -> Draft:
    draft.not_before = moment
    return draft


async def test_a_head_and_unread_counts_are_the_same_for_both(workers: list[History]) -> None:
    place = uuid.uuid4()
    for number in range(3):
        await store(workers[0], message(place, ALICE, str(number)))
    for worker in workers:
        assert await worker.heads([place]) == {place: 3}
        [position] = await worker.positions(BOB, [place])
        assert (position.head, position.unread) == (3, 3)
    await workers[0].mark_read([(BOB, place, 2)])
    [position] = await workers[1].positions(BOB, [place])
    assert (position.read, position.unread) == (2, 1)


async def test_the_preview_of_a_very_long_conversation_is_erased_too(workers: list[History]) -> None:
    """Its timestamp is its number's, which is above the time of day by then."""
    one, _ = workers
    place = uuid.uuid4()
    await store(one, message(place, ALICE))
    await one.rest()
    connection = one._connection  # type: ignore[attr-defined]
    await connection.run("set_preview", preview_stamp(2**30, 2**30), b"the last words", place)
    await one.erase(place)
    assert await connection.run("heads", [place]) == []


async def test_marks_above_a_head_that_was_restored_go_back_to_it(workers: list[History]) -> None:
    """Saved after the changes that they tell of: what is new would count as read. `reached` too, which others see."""
    place, moved = uuid.uuid4(), workers[0]._marks  # type: ignore[attr-defined]
    await store(workers[0], message(place, ALICE, "before"))
    await moved.move([(BOB, place, 9), (ALICE, place, 1)])
    assert await workers[1].take_back_marks(place, [ALICE, BOB]) == 1
    assert await workers[1].take_back_marks(place, [ALICE, BOB]) == 0
    await store(workers[0], message(place, ALICE, "after"))
    [position] = await workers[0].positions(BOB, [place])
    assert (position.read, position.unread, position.turn) == (1, 1, 1)
    assert await workers[0].reached(place, [ALICE, BOB]) == {ALICE: 1, BOB: 1}
