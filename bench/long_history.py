"""Is a conversation of a million messages in Cassandra read as fast as one of a thousand?

Fills both with the rows that the history would have written (the keys of the messages left out, which no reader looks
at), in the keyspace of CASSANDRA_URL; a conversation that is full already is not filled again. Then asks the history
for the same thing of both, in turns, and prints each median and the median of the ratios of each pair.

    python -m bench.long_history [--long 1000500] [--rounds 200]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import django

SHORT = 1_000
PAGE = 50
ROWS_AT_ONCE = 2_000
WRITERS = 4
UNREAD = 30
NAMESPACE = UUID("6e0a9d52-94ce-4a30-9f4a-0d5d6a3f2b11")
AUTHORS = [uuid.uuid5(NAMESPACE, f"author {number}") for number in range(20)]
READER = uuid.uuid5(NAMESPACE, "reader")
STRANGER = uuid.uuid5(NAMESPACE, "who never read")


@dataclass
class Place:
    """A conversation of so many messages."""

    id: UUID
    size: int


def place(size: int) -> Place:
    return Place(uuid.uuid5(NAMESPACE, str(size)), size)


def change_row(where: Place, seq: int) -> Any:
    from messaging.history.cassandra.batches import Write
    from messaging.history.cassandra.buckets import bucket_of
    from messaging.protocol import MessageSent, encode

    author = AUTHORS[seq % len(AUTHORS)]
    change = MessageSent(
        conversation_id=where.id,
        id=uuid.uuid5(where.id, str(seq)),
        key=uuid.uuid5(where.id, f"key {seq}"),
        author_id=author,
        body=f"message {seq} of a long conversation",
        html=f"<p>message {seq} of a long conversation</p>",
        seq=seq,
        sent_at="2026-01-01T00:00:00.000000Z",
    )
    content = encode(change)
    return Write("insert_change", (where.id, bucket_of(seq), seq, content, 1, True, author, 2), 0, len(content) + 64)


async def fill(connection: Any, where: Place) -> None:
    """All rows, and the head last of all: it tells that they are there."""
    from messaging.history.cassandra.batches import Write, write_all

    rows = await connection.run("heads", [where.id])
    if rows and rows[0][1] == where.size:
        return
    starts = iter(range(1, where.size + 1, ROWS_AT_ONCE))

    async def write() -> None:
        for start in starts:
            writes = [change_row(where, seq) for seq in range(start, min(start + ROWS_AT_ONCE, where.size + 1))]
            while not all(await write_all(connection, writes, 1)):  # noqa: ASYNC110  # a node is too busy
                await asyncio.sleep(0.5)

    began = time.monotonic()
    await asyncio.gather(*(write() for _ in range(WRITERS)))
    assert all(await write_all(connection, [Write("set_head", (where.size, where.size, where.id), 0)], 1))
    print(f"{where.size} messages written in {time.monotonic() - began:.0f} s", flush=True)


class Reads:
    """What a reader asks for; each checks what it is told."""

    def __init__(self, history: Any) -> None:
        self._history = history

    async def newest_page(self, where: Place) -> None:
        page = await self._history.page(where.id, limit=PAGE)
        assert (page.head, len(page.changes)) == (where.size, PAGE)

    async def jump_to_a_random_seq(self, where: Place) -> None:
        after = random.randrange(where.size - PAGE)
        page = await self._history.page(where.id, after=after, limit=PAGE)
        assert f'"seq":{after + 1},'.encode() in page.changes[0]
        assert len(page.changes) == PAGE

    async def unread_of_who_read_lately(self, where: Place) -> None:
        (position,) = await self._history.positions(READER, [where.id])
        assert (position.head, position.unread) == (where.size, UNREAD)

    async def unread_of_who_never_read(self, where: Place) -> None:
        (position,) = await self._history.positions(STRANGER, [where.id])
        assert position.unread == where.size


async def prepared_history(places: list[Place]) -> Any:
    """The history once it numbers; both conversations filled, taken over and read up to near their ends."""
    from messaging.history import history

    store = history()
    while await store.missing():  # noqa: ASYNC110  # nobody tells when it does
        await asyncio.sleep(0.2)
    for where in places:
        await fill(store._connection, where)
        (mark,) = await store.mark_read([(READER, where.id, where.size - UNREAD)])
        assert not isinstance(mark, Exception), mark
    return store


async def pairs(read: Callable[[Place], Awaitable[None]], short: Place, long: Place, rounds: int) -> list[list[float]]:
    """Seconds for the short and for the long one, in turns, whichever first."""
    taken: list[list[float]] = []
    for number in range(rounds):
        both = {}
        for where in (short, long) if number % 2 else (long, short):
            began = time.perf_counter()
            await read(where)
            both[where.size] = time.perf_counter() - began
        taken.append([both[short.size], both[long.size]])
    return taken


async def measure(long_size: int, rounds: int) -> None:
    short, long = place(SHORT), place(long_size)
    store = await prepared_history([short, long])
    reads = Reads(store)
    print(f"\n{'median ms':28}{SHORT:>12,}{long_size:>12,}{'ratio':>8}  quarters")
    for name in ("newest_page", "jump_to_a_random_seq", "unread_of_who_read_lately", "unread_of_who_never_read"):
        read = getattr(reads, name)
        began = time.monotonic()
        await read(long)
        first = time.monotonic() - began
        await pairs(read, short, long, 10)
        taken = await pairs(read, short, long, rounds)
        of_short, of_long = (statistics.median(column) * 1000 for column in zip(*taken, strict=True))
        low, ratio, high = statistics.quantiles([after / before for before, after in taken], n=4)
        shown = f"{name.replace('_', ' '):28}{of_short:>12.2f}{of_long:>12.2f}{ratio:>8.2f}  {low:.2f} to {high:.2f}"
        print(f"{shown}   (the first of all {first * 1000:.0f} ms)", flush=True)
    await store.rest()
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", type=int, default=1_000_500)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    os.environ["REDIS_URL"] = ""
    django.setup()
    asyncio.run(measure(options.long, options.rounds))


if __name__ == "__main__":
    main()
