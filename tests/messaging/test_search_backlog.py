"""What a worker says of what it stored and the index lacks, and how it keeps the process that indexes."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Collection
from pathlib import Path
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync

from accounts.models import User
from groups import actions
from groups.models import Conversation
from messaging.metrics import UNINDEXED_CHANGES, UNINDEXED_SECONDS
from messaging.search import backlog, child
from messaging.search.backlog import Backlog
from messaging.search.child import IndexProcess
from tests.messaging.searching import index_all, say

DEADLINE_SECONDS = 30


class Names:
    """Whoever names work, as long as it is there."""

    def __init__(self) -> None:
        self.named: list[UUID] = []
        self.is_there = True

    async def __call__(self, conversation_ids: Collection[UUID]) -> Collection[UUID]:
        if not self.is_there:
            return conversation_ids
        self.named += conversation_ids
        return ()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "AGAIN_SECONDS", 0)


def shown() -> tuple[float, bool]:
    """How many changes are behind, and whether any has waited."""
    (changes,), (seconds,) = UNINDEXED_CHANGES.collect()[0].samples, UNINDEXED_SECONDS.collect()[0].samples
    return changes.value, seconds.value > 0


@pytest.mark.django_db(transaction=True)
def test_what_stays_behind_is_counted_and_named_again(alice: User, group: Conversation, impatient: None) -> None:
    names = Names()
    ours = Backlog(names)
    index_all()
    seq = [say(alice, group, f"tea {number}") for number in range(3)][-1]

    async def work() -> None:
        ours.note(group.pk, seq)
        await ours.pass_on()
        await ours.check()
        await ours.pass_on()

    async_to_sync(work)()
    assert names.named == [group.pk, group.pk]
    assert shown() == (3, True)
    index_all()
    async_to_sync(ours.check)()
    assert shown() == (0, False)


@pytest.mark.django_db(transaction=True)
def test_that_nobody_indexes_is_said_once(
    alice: User, group: Conversation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backlog, "WARN_AFTER_SECONDS", 0)
    ours = Backlog(Names())
    seq = say(alice, group, "tea")

    async def work() -> None:
        ours.note(group.pk, seq)
        await ours.pass_on()
        await ours.check()
        await ours.check()

    async_to_sync(work)()
    assert [record.getMessage() for record in caplog.records] == [
        "Nothing was indexed for 0 s: does `manage.py index` run?"
    ]


@pytest.mark.django_db(transaction=True)
def test_a_conversation_that_was_deleted_elsewhere_waits_no_longer(
    alice: User, group: Conversation, impatient: None
) -> None:
    ours = Backlog(Names())
    seq = say(alice, group, "tea")
    actions.delete_group(alice, conversation=group)

    async def work() -> None:
        ours.note(group.pk, seq)
        await ours.pass_on()
        await ours.check()
        await ours.check()

    async_to_sync(work)()
    assert shown() == (0, False)


async def test_what_could_not_be_named_is_named_later() -> None:
    names = Names()
    names.is_there = False
    ours, one = Backlog(names), uuid.uuid4()
    ours.note(one, 1)
    await ours.pass_on()
    names.is_there = True
    await ours.pass_on()
    await ours.pass_on()
    assert names.named == [one]


def test_a_process_that_dies_at_once_is_started_after_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "START_SECONDS", 0.001)
    starts = tmp_path / "starts"
    code = "import sys; open(sys.argv[1], 'a').write('x'); sys.exit(3)"
    process = IndexProcess([sys.executable, "-S", "-c", code, str(starts)])
    pauses: list[float] = []
    wait = process._is_stopping.wait

    def waited(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) > 4 or wait(seconds)

    monkeypatch.setattr(process._is_stopping, "wait", waited)
    process.start()
    process._keeping.join(DEADLINE_SECONDS)
    assert starts.read_text() == "xxxx"
    assert pauses == [0.001, 0.002, 0.004, 0.008, 0.016]


async def test_a_process_that_reads_nothing_holds_nobody_up(tmp_path: Path) -> None:
    """Its pipe is full then: what did not fit is named later."""
    process = IndexProcess()
    started = child.subprocess.Popen(
        [sys.executable, "-S", "-c", "import time; time.sleep(600)"], stdin=child.subprocess.PIPE
    )
    assert started.stdin is not None
    child.os.set_blocking(started.stdin.fileno(), False)
    process._process = started
    try:
        many = [uuid.uuid4() for _ in range(10_000)]
        rest = await process.name(many)
        assert 0 < len(rest) < len(many)
        assert list(rest) == many[-len(rest) :]
    finally:
        started.kill()
        started.wait()
        started.stdin.close()
