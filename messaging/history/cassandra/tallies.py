"""Who wrote messages between two numbers, and whom they mention, counted from the rows: exact, and costs what is new.

Of each conversation in use this worker remembers a stretch of authors per bucket and extends it. A bucket that is full
and settled never changes, so its count is also kept in the store: a long absence costs no long read.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import msgspec

from accounts.errors import UnavailableError
from messaging.history.cassandra.batches import Write, write_all
from messaging.history.cassandra.buckets import BUCKET_CHANGES, bucket_of
from messaging.history.cassandra.session import Connection
from messaging.protocol import MessageSent

CONVERSATIONS_MOST = 2_000
NO_MESSAGE = -1
EVERYBODY = UUID(int=0)

# Of messages that mention somebody, by number: their author, and whom they mention.
Mentions = dict[int, tuple[UUID, list[UUID]]]


class Unread(NamedTuple):
    """How many messages, and which of them mention the one who asks."""

    messages: int = 0
    mentions: tuple[int, ...] = ()


def packed_mentions(message: MessageSent) -> bytes:
    named = [EVERYBODY] if message.mentions_all else message.mentions
    return b"".join(user_id.bytes for user_id in named)


def _unpacked(packed: bytes) -> list[UUID]:
    return [UUID(bytes=packed[start : start + 16]) for start in range(0, len(packed), 16)]


@dataclass(slots=True)
class _Stretch:
    """The authors of the changes above `low`, without a gap; NO_MESSAGE for what is no message."""

    low: int
    authors: array[int] = field(default_factory=lambda: array("i"))
    mentions: Mentions = field(default_factory=dict)

    @property
    def high(self) -> int:
        return self.low + len(self.authors)


@dataclass(slots=True)
class _Known:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    names: dict[UUID, int] = field(default_factory=dict)
    stretches: dict[int, _Stretch] = field(default_factory=dict)
    tallies: dict[int, dict[UUID, int]] = field(default_factory=dict)
    mentions: dict[int, Mentions] = field(default_factory=dict)

    def mentions_in(self, bucket: int) -> Mentions:
        stretch = self.stretches.get(bucket)
        return self.mentions.get(bucket) or (stretch.mentions if stretch else {})


class Tallies:
    """Belongs to one event loop."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[UUID, _Known] = {}

    def forget(self, conversation_id: UUID) -> None:
        self._known.pop(conversation_id, None)

    async def of_others(self, user_id: UUID, conversation_id: UUID, above: int, up_to: int) -> Unread:
        """The messages with numbers above the one and up to the other, which is settled, that are not the user's."""
        if up_to <= above:
            return Unread()
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
            mentions = (item for bucket in range(first, last + 1) for item in known.mentions_in(bucket).items())
            found = sorted(seq for seq, one in mentions if above < seq <= up_to and _names(one, user_id))
            return Unread(total, tuple(found))

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
            authors = await self._read(known, conversation_id, bucket, low, stretch.low, stretch.mentions)
            stretch.authors, stretch.low = authors + stretch.authors, low
        if high > stretch.high:
            stretch.authors += await self._read(known, conversation_id, bucket, stretch.high, high, stretch.mentions)
        asked = stretch.authors[low - stretch.low : high - stretch.low]
        return len(asked) - asked.count(NO_MESSAGE) - asked.count(known.names.get(user, NO_MESSAGE - 1))

    async def _read(
        self, known: _Known, conversation_id: UUID, bucket: int, low: int, high: int, mentions: Mentions
    ) -> array[int]:
        """Number 0 is never given; it counts as no message. What mentions somebody is noted in `mentions`."""
        rows = await self._connection.run("authors", conversation_id, bucket, low, high)
        given = high - max(low, 0)
        if len(rows) != given:
            raise UnavailableError
        names = known.names
        authors = array("i", [NO_MESSAGE] * (high - low - given))
        authors.extend(
            names.setdefault(author, len(names)) if is_message else NO_MESSAGE for _, is_message, author, _ in rows
        )
        mentions |= {
            seq: (author, _unpacked(packed)) for seq, is_message, author, packed in rows if packed and is_message
        }
        return authors

    async def _learn_tallies(self, known: _Known, conversation_id: UUID, whole: range) -> None:
        if all(bucket in known.tallies for bucket in whole):
            return
        rows = await self._connection.run("tallies", conversation_id, whole.start, whole.stop)
        for bucket, messages, mentions in rows:
            known.tallies[bucket] = msgspec.json.decode(messages, type=dict[UUID, int])
            known.mentions[bucket] = msgspec.json.decode(mentions, type=Mentions) if mentions else {}
        for bucket in whole:
            if bucket not in known.tallies:
                known.tallies[bucket] = await self._tally(known, conversation_id, bucket)

    async def _tally(self, known: _Known, conversation_id: UUID, bucket: int) -> dict[UUID, int]:
        low = bucket * BUCKET_CHANGES - 1
        mentions = known.mentions[bucket] = Mentions()
        authors = await self._read(known, conversation_id, bucket, low, low + BUCKET_CHANGES, mentions)
        names = {number: author for author, number in known.names.items()}
        tally = {names[number]: count for number, count in Counter(authors).items() if number != NO_MESSAGE}
        values = conversation_id, bucket, msgspec.json.encode(tally), msgspec.json.encode(mentions)
        write = Write("insert_tally", values, 0)
        await write_all(self._connection, [write], 1)
        return tally


def _names(mention: tuple[UUID, list[UUID]], user_id: UUID) -> bool:
    author_id, named = mention
    return author_id != user_id and (user_id in named or EVERYBODY in named)
