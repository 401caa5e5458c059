"""Keys that only one socket can have made, and what they spare the history."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import pytest

from accounts.errors import UnavailableError
from messaging.answers import Answers
from messaging.history import History
from messaging.history.sequencing.lease import Times
from messaging.history.sequencing.ledger import Ledger, LedgerKeeper
from messaging.history.sequencing.ports import Moment
from messaging.history.sequencing.sequencer import RECENT_SECONDS, Proposal, Sequencer
from messaging.keys import IssuedKeys, written
from messaging.outlet import DirectOutlet
from messaging.room import Connection
from messaging.worker import current_worker
from tests.history.clock import Hands
from tests.history.simulated import NOBODY, PLACE, Row, Rules, World, WorldRows
from tests.messaging.transports import Transport, nothing


class Moments:
    """A history that says what time it is; from `young` on, a moment spares something."""

    def __init__(self) -> None:
        self.now: int | None = 1
        self.young = 1

    def moment(self) -> int | None:
        return self.now

    def is_recent(self, moment: object) -> bool:
        return cast(int, moment) >= self.young


@pytest.fixture
def history() -> Moments:
    return Moments()


@pytest.fixture
def keys(history: Moments) -> IssuedKeys:
    return IssuedKeys(cast(History, history))


def key_of(prefix: int, number: int = 1) -> UUID:
    return UUID(f"{written(prefix)}{number:012x}")


def issue(keys: IssuedKeys, old: int | None = None) -> int:
    prefix = keys.renew(old)
    assert prefix is not None
    return prefix


def test_a_prefix_makes_keys_that_are_uuids_and_known_to_be_new(keys: IssuedKeys, history: Moments) -> None:
    prefix = issue(keys)
    key = key_of(prefix, 2**48 - 1)
    assert (key.version, key.variant, str(key)[:24]) == (8, uuid.RFC_4122, written(prefix))
    assert keys.not_before(key) == 1
    assert keys.not_before(uuid.uuid4()) is None
    assert prefix not in {issue(keys) for _ in range(100)}


def test_a_prefix_is_renewed_when_it_spares_nothing_any_more(keys: IssuedKeys, history: Moments) -> None:
    first = issue(keys)
    assert keys.renew(first) is None
    history.young, history.now = 2, None
    assert keys.renew(first) is None
    history.now = 2
    second = issue(keys, first)
    assert (keys.not_before(key_of(first)), keys.not_before(key_of(second))) == (None, 2)
    keys.withdraw(second)
    assert keys.not_before(key_of(second)) is None


class CountedRows(WorldRows):
    """Rows in a calm world; `asked`: which records were looked for in them."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.asked: list[bytes] = []

    async def candidates(self, records: Sequence[tuple[UUID, bytes]]) -> list[list[int]]:
        self.asked += [record for _, record in records]
        return await super().candidates(records)


class Numbered:
    """A sequencer whose Redis can be lost."""

    def __init__(self) -> None:
        world = World(1, Rules())
        world.calm = True
        self.clock, self.rows = Hands(), CountedRows(world)
        self._runs = map(str, itertools.count())
        self.sequencer = Sequencer(LedgerKeeper(self._new_ledger()), self.rows, self.clock, self._void)

    def _new_ledger(self) -> Ledger:
        ledger = Ledger(self.clock.now)
        ledger.run_id = next(self._runs)
        return ledger

    def _void(self, conversation_id: UUID, seq: int, epoch: int) -> Row:
        return Row(epoch, b"", NOBODY, False, 0, b"void")

    async def lose_redis(self) -> None:
        """And begin another epoch, once the one before has fallen silent."""
        self.sequencer._keeper._ledger = self._new_ledger()  # type: ignore[attr-defined]
        for _ in range(2):
            self.clock.seconds += Times().lease + Times().silence
            with contextlib.suppress(UnavailableError):
                await self.sequencer.lease.tenure()

    async def store(self, record: bytes, not_before: Moment | None = None) -> Any:
        def make(seq: int, at: int, epoch: int) -> Row:
            return Row(epoch, record, NOBODY, True, at, record)

        [kept] = await self.sequencer.store([Proposal(PLACE, record, make, not_before)])
        return kept

    async def moment(self) -> Moment:
        await self.sequencer.lease.tenure()
        moment = self.sequencer.moment()
        assert moment
        return moment


async def test_a_young_record_is_not_looked_for_in_the_rows_and_still_stored_once() -> None:
    it = Numbered()
    assert it.sequencer.moment() is None
    since = await it.moment()
    first, again = await it.store(b"one", since), await it.store(b"one", since)
    assert (first.seq, first.repeated, again.seq, again.repeated) == (1, False, 1, True)
    assert it.rows.asked == []
    await it.store(b"two")
    assert it.rows.asked == [b"two"]


async def test_a_record_is_looked_for_again_once_redis_may_have_forgotten_it() -> None:
    it = Numbered()
    since = await it.moment()
    await it.store(b"one", since)
    it.clock.seconds += RECENT_SECONDS + 1
    await it.moment()
    assert not it.sequencer.is_young(since)
    assert (await it.store(b"one", since)).repeated
    assert it.rows.asked == [b"one"]


async def test_a_record_is_looked_for_when_another_redis_numbers_than_when_it_was_new() -> None:
    it = Numbered()
    since = await it.moment()
    first = await it.store(b"one", since)
    await it.lose_redis()
    assert not it.sequencer.is_young(since)
    again = await it.store(b"one", since)
    assert (again.seq, again.repeated) == (first.seq, True)
    assert it.rows.asked == [b"one"]
    now = it.sequencer.moment()
    assert now
    assert it.sequencer.is_young(now)


async def test_a_socket_is_told_its_prefix_again_only_when_it_has_another(history: Moments) -> None:
    transport, worker = Transport(), current_worker()
    worker.keys = IssuedKeys(cast(History, history))
    answers = Answers(Connection(uuid.uuid4(), "session:1", DirectOutlet(transport, nothing)))
    connection = answers.connection
    worker.hub.enter(connection, ())
    for history.young, history.now in ((1, 1), (1, 1), (2, 2)):
        answers.issue_keys()
    prefix = connection.key_prefix
    assert prefix is not None
    assert transport.data().count(b'"keys.issued"') == 2
    assert transport.data().endswith(f'"prefix":"{written(prefix)}"}}'.encode())
    worker.hub.leave(connection)
    answers.issue_keys()
    assert transport.data().count(b'"keys.issued"') == 2
    assert worker.keys.not_before(key_of(prefix)) is None
