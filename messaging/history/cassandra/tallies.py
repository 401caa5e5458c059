"""Who wrote messages between two numbers, counted from the rows: exact, and it costs what is new.

Of each conversation in use this worker remembers a stretch of authors per bucket and extends it. A bucket that is full
and settled never changes, so its count is also kept in the store: a long absence costs no long read.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from accounts.errors import UnavailableError
from messaging.history.cassandra.batches import Write, write_all
from messaging.history.cassandra.buckets import BUCKET_CHANGES, bucket_of
from messaging.history.cassandra.session import Connection

CONVERSATIONS_MOST = 2_000
NO_MESSAGE = -1


@dataclass(slots=True)
class _Stretch:
    """The authors of the changes above `low`, without a gap; NO_MESSAGE for what is no message."""

    low: int
    authors: array[int] = field(default_factory=lambda: array("i"))

    @property
    def high(self) -> int:
        return self.low + len(self.authors)


@dataclass(slots=True)
class _Known:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    names: dict[UUID, int] = field(default_factory=dict)
    stretches: dict[int, _Stretch] = field(default_factory=dict)
    tallies: dict[int, dict[UUID, int]] = field(default_factory=dict)


class Tallies:
    """Belongs to one event loop."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[UUID, _Known] = {}

    def forget(self, conversation_id: UUID) -> None:
        self._known.pop(conversation_id, None)

    async def messages_of_others(self, user_id: UUID, conversation_id: UUID, above: int, up_to: int) -> int:
        """How many messages with numbers above the one and up to the other, which is settled, are not the user's."""
        if up_to <= above:
            return 0
        known = self._of(conversation_id)
        async with known.lock:
            first, last = bucket_of(above + 1), bucket_of(up_to)
            whole = range(first + 1, last)
            await self._learn_tallies(known, conversation_id, whole)
            total = sum(sum(known.tallies[b].values()) - known.tallies[b].get(user_id, 0) for b in whole)
            for bucket in {first, last}:
                low = max(above, bucket * BUCKET_CHANGES - 1)
                high = min(up_to, (bucket + 1) * BUCKET_CHANGES - 1)
                total += await self._count(known, conversation_id, bucket, low, high, user_id)
            return total

    def _of(self, conversation_id: UUID) -> _Known:
        known = self._known.pop(conversation_id, None) or _Known()
        self._known[conversation_id] = known
        while len(self._known) > CONVERSATIONS_MOST:
            self._known.pop(next(iter(self._known)))
        return known

    async def _count(self, known: _Known, conversation_id: UUID, bucket: int, low: int, high: int, user: UUID) -> int:
        stretch = known.stretches.setdefault(bucket, _Stretch(low))
        if low > stretch.high:
            # Nobody asks for what lies between any more: begin anew.
            stretch = known.stretches[bucket] = _Stretch(low)
        if low < stretch.low:
            authors = await self._read(known, conversation_id, bucket, low, stretch.low)
            stretch.authors, stretch.low = authors + stretch.authors, low
        if high > stretch.high:
            stretch.authors += await self._read(known, conversation_id, bucket, stretch.high, high)
        asked = stretch.authors[low - stretch.low : high - stretch.low]
        return len(asked) - asked.count(NO_MESSAGE) - asked.count(known.names.get(user, NO_MESSAGE - 1))

    async def _read(self, known: _Known, conversation_id: UUID, bucket: int, low: int, high: int) -> array[int]:
        """Number 0 is never given; it counts as no message."""
        rows = await self._connection.run("authors", conversation_id, bucket, low, high)
        given = high - max(low, 0)
        if len(rows) != given:
            raise UnavailableError
        names = known.names
        authors = array("i", [NO_MESSAGE] * (high - low - given))
        authors.extend(
            names.setdefault(author, len(names)) if is_message else NO_MESSAGE for _, is_message, author in rows
        )
        return authors

    async def _learn_tallies(self, known: _Known, conversation_id: UUID, whole: range) -> None:
        if all(bucket in known.tallies for bucket in whole):
            return
        rows = await self._connection.run("tallies", conversation_id, whole.start, whole.stop)
        for bucket, messages in rows:
            known.tallies[bucket] = msgspec.json.decode(messages, type=dict[UUID, int])
        for bucket in whole:
            if bucket not in known.tallies:
                known.tallies[bucket] = await self._tally(known, conversation_id, bucket)

    async def _tally(self, known: _Known, conversation_id: UUID, bucket: int) -> dict[UUID, int]:
        low = bucket * BUCKET_CHANGES - 1
        authors = await self._read(known, conversation_id, bucket, low, low + BUCKET_CHANGES)
        names = {number: author for author, number in known.names.items()}
        tally = {names[number]: count for number, count in Counter(authors).items() if number != NO_MESSAGE}
        write = Write("insert_tally", (conversation_id, bucket, msgspec.json.encode(tally)), 0)
        await write_all(self._connection, [write], 1)
        return tally
