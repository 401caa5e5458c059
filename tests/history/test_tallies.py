"""Unread counts are exact over any stretch, whatever was asked before, and cost what is new."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pytest

from accounts.errors import UnavailableError
from messaging.history.cassandra import tallies
from messaging.history.cassandra.tallies import EVERYBODY, Tallies, Unread

BUCKET = 20
USERS = [uuid.UUID(int=number) for number in range(1, 5)]
PLACE = uuid.UUID(int=100)


class Store:
    """Changes as (is a message, author, mentions), from number 1; keeps tallies; counts the rows it was asked for."""

    def __init__(self) -> None:
        self.changes: list[tuple[bool, uuid.UUID, bytes]] = []
        self.tallies: dict[int, tuple[bytes, bytes]] = {}
        self.rows_read = 0

    def grow(self, chance: random.Random, count: int) -> None:
        for _ in range(count):
            named = chance.sample([*USERS, EVERYBODY], chance.choice((0, 0, 0, 1, 2)))
            packed = b"".join(user.bytes for user in named)
            self.changes.append((chance.random() < 0.8, chance.choice(USERS), packed))

    async def run(self, name: str, *values: Any) -> list[tuple[Any, ...]]:
        if name == "tallies":
            _, first, end = values
            return [(bucket, *kept) for bucket, kept in self.tallies.items() if first <= bucket < end]
        _, bucket, low, high = values
        seqs = [seq for seq in range(max(low, 0) + 1, min(high, len(self.changes)) + 1) if seq // BUCKET == bucket]
        self.rows_read += len(seqs)
        return [(seq, *self.changes[seq - 1]) for seq in seqs]

    def unread(self, user: uuid.UUID, above: int, up_to: int) -> Unread:
        others = [
            (seq, packed)
            for seq, (is_message, author, packed) in enumerate(self.changes[above:up_to], above + 1)
            if is_message and author != user
        ]
        mentions = [seq for seq, packed in others if user.bytes in packed or EVERYBODY.bytes in packed]
        return Unread(len(others), tuple(mentions))

    async def keep(self, connection: Any, writes: list[Any], items: int) -> list[bool]:
        for write in writes:
            _, bucket, messages, mentions = write.values
            self.tallies[bucket] = messages, mentions
        return [True]


@pytest.fixture(autouse=True)
def small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    async def keep(store: Store, *arguments: Any) -> list[bool]:
        return await store.keep(store, *arguments)

    monkeypatch.setattr(tallies, "BUCKET_CHANGES", BUCKET)
    monkeypatch.setattr(tallies, "bucket_of", lambda seq: seq // BUCKET)
    monkeypatch.setattr(tallies, "write_all", keep)


@pytest.mark.parametrize("seed", range(5))
async def test_every_stretch_is_counted_exactly_in_any_order_of_asking(seed: int) -> None:
    chance, store = random.Random(seed), Store()
    counted = Tallies(store)  # type: ignore[arg-type]
    for _ in range(150):
        store.grow(chance, chance.randint(0, 4))
        user, above = chance.choice(USERS), chance.randint(0, len(store.changes))
        up_to = chance.randint(above, len(store.changes))
        assert await counted.of_others(user, PLACE, above, up_to) == store.unread(user, above, up_to)
    # Another worker finds the tallies that this one kept.
    assert store.tallies
    other = Tallies(store)  # type: ignore[arg-type]
    for user in USERS:
        assert await other.of_others(user, PLACE, 0, len(store.changes)) == store.unread(user, 0, len(store.changes))


async def test_asking_again_reads_only_what_is_new() -> None:
    chance, store = random.Random(1), Store()
    counted = Tallies(store)  # type: ignore[arg-type]
    store.grow(chance, 3 * BUCKET - 2)
    await counted.of_others(USERS[0], PLACE, 0, len(store.changes))
    before = store.rows_read
    store.grow(chance, 1)
    await counted.of_others(USERS[1], PLACE, 5, len(store.changes))
    assert store.rows_read - before == 1


async def test_a_store_that_answers_with_too_little_is_not_counted() -> None:
    store = Store()
    store.grow(random.Random(1), 5)
    with pytest.raises(UnavailableError):
        await Tallies(store).of_others(USERS[0], PLACE, 0, 9)  # type: ignore[arg-type]
