"""A restored history begins a new epoch: the number, what a running worker makes of it, and what goes by numbers."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from groups.models import Conversation, Kind, Membership
from messaging.history import History
from messaging.history import epochs as numbers
from messaging.housekeeping import check_heads
from messaging.models import Report, SavedMessage, SearchCursor
from messaging.restoring import start_epoch
from messaging.room import Connection
from messaging.worker import Worker
from tests.messaging.conftest import RememberingOutlet, commit, message, until_ready

ALICE = uuid.uuid4()


@pytest.fixture
async def worker(store: History) -> AsyncIterator[Worker]:
    worker = Worker(store)
    yield worker
    await worker.stop()


def connect(worker: Worker, *conversations: uuid.UUID) -> tuple[Connection, RememberingOutlet]:
    outlet = RememberingOutlet()
    connection = Connection(ALICE, "session", outlet)
    worker.hub.enter(connection, conversations)
    return connection, outlet


async def test_a_new_epoch_has_another_number_each_time(store: History) -> None:
    first = await store.epoch()
    second = await store.start_epoch()
    assert second > first
    assert await store.epoch() == second
    assert await store.start_epoch() > second


async def test_two_restores_of_one_backup_are_two_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The restored store knows nothing of the first."""
    known = 7
    monkeypatch.setattr(numbers.time, "time", lambda: 1_800_000_000.5)
    first = numbers.number_after(known)
    monkeypatch.setattr(numbers.time, "time", lambda: 1_800_000_060.5)
    assert numbers.number_after(known) > first


def test_a_clock_that_went_back_gives_no_number_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers.time, "time", lambda: 0.0)
    assert numbers.number_after(1_800_000_000) == 1_800_000_001


async def test_numbers_go_on_from_what_is_stored(store: History, place: uuid.UUID) -> None:
    await commit(store, message(place, ALICE, "before"))
    await store.start_epoch()
    await until_ready(store)
    [stored] = await commit(store, message(place, ALICE, "after"))
    assert stored.change.seq == 2
    assert await store.heads([place]) == {place: 2}


async def test_a_worker_that_runs_on_lets_everybody_come_back_in_the_new_epoch(worker: Worker) -> None:
    place = uuid.uuid4()
    await worker.epoch.look()
    _, outlet = connect(worker, place)
    await check_heads(worker)
    assert outlet.code is None
    started = await worker.history.start_epoch()
    await check_heads(worker)
    assert outlet.code == 4012
    assert worker.hub.conversations() == []
    assert await worker.epoch.number() == started


async def test_what_was_told_in_the_old_epoch_holds_nothing_back_in_the_new_one(worker: Worker) -> None:
    """The room had been given 9 changes; the restored history goes on from 2."""
    place = uuid.uuid4()
    await worker.epoch.look()
    connect(worker, place)
    worker.hub.deliver(place, [(9, b'{"type":"message.sent","seq":9}')])
    await worker.history.start_epoch()
    await check_heads(worker)
    _, outlet = connect(worker, place)
    worker.hub.notice_head(place, 2)
    worker.hub.deliver(place, [(3, b'{"type":"message.sent","seq":3}')])
    assert [frame["seq"] for frame in outlet.said()] == [3]


@pytest.mark.django_db(transaction=True)
async def test_what_goes_by_numbers_that_were_lost_is_let_go(store: History, make_user: Callable[..., User]) -> None:
    alice = await database_sync_to_async(make_user)("alice")
    lost, kept = [await database_sync_to_async(_place_of)(alice) for _ in range(2)]
    for place in (lost, kept):
        await commit(store, message(place.pk, alice.pk, "before"))
        await database_sync_to_async(_know)(alice, place, upto=5 if place is lost else 1)
    restored = await start_epoch(store)
    assert restored.shortened == 1
    assert await database_sync_to_async(_known)() == {
        "cursors": [kept.pk],
        "saved": [(kept.pk, 1)],
        "reports": {(None, 5), (kept.pk, 1)},
    }


def _place_of(owner: User) -> Conversation:
    place = Conversation.objects.create(kind=Kind.GROUP, name=uuid.uuid4().hex)
    Membership.objects.create(user=owner, conversation=place, role="owner")
    return place


def _know(user: User, place: Conversation, upto: int) -> None:
    """As the relational data may know it, when it is newer than the history."""
    SearchCursor.objects.create(conversation_id=place.pk, seq=upto)
    SavedMessage.objects.create(user=user, conversation=place, seq=upto)
    Report.objects.create(
        conversation=place, seq=upto, author_name="Bob", sent_at="2026-01-02T03:04:05Z", reporter=user, text="there"
    )


def _known() -> dict[str, Any]:
    return {
        "cursors": list(SearchCursor.objects.values_list("conversation_id", flat=True)),
        "saved": list(SavedMessage.objects.values_list("conversation_id", "seq")),
        "reports": set(Report.objects.values_list("conversation_id", "seq")),
    }
