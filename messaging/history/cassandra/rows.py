"""The rows of the history as the numbering sees them (messaging.history.sequencing.ports.Rows), at local quorum."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

from accounts.errors import UnavailableError
from messaging.history.cassandra.annotations import alter_targets
from messaging.history.cassandra.batches import Write, write_all
from messaging.history.cassandra.buckets import bucket_of, keys_bucket_of, keys_buckets
from messaging.history.cassandra.session import Connection
from messaging.history.cassandra.tallies import packed_mentions
from messaging.history.cassandra.times import micros_of
from messaging.history.sequencing.ports import HeadRow, Place, Row, Tenure
from messaging.protocol import MessageSent, Void, decode_change, target_of

KEYS_AT_ONCE = 100


def record_of(conversation_id: UUID, author_id: UUID, key: UUID) -> bytes:
    """What stands for a key: 16 bytes. Two keys that share one are told apart by the change itself."""
    return blake2b(conversation_id.bytes + author_id.bytes + key.bytes, digest_size=16).digest()


def in_chunks(items: Iterable[Any], size: int = KEYS_AT_ONCE) -> Iterator[list[Any]]:
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


class CassandraRows:
    """`note` is told of settled heads."""

    def __init__(self, connection: Connection, note: Callable[[dict[UUID, int]], None]) -> None:
        self._connection = connection
        self._note = note

    def note_heads(self, heads: dict[UUID, int]) -> None:
        self._note(heads)

    async def epoch(self) -> Tenure | None:
        rows = await self._connection.run("epoch")
        return Tenure(*rows[0]) if rows else None

    async def raise_epoch(self, old: Tenure | None, new: Tenure) -> bool:
        """Not tried twice: the second try would be refused because of the first."""
        if old is None:
            rows = await self._connection.run("first_epoch", new.epoch, new.run_id, once=True)
        else:
            rows = await self._connection.run("next_epoch", new.epoch, new.run_id, old.epoch, once=True)
        return bool(rows[0][0])

    async def heads(self, conversations: Sequence[UUID]) -> list[HeadRow]:
        found = {conversation_id: HeadRow() for conversation_id in conversations}
        rows, bases = await asyncio.gather(self.in_many("heads", conversations), self.in_many("bases", conversations))
        for conversation_id, seq, last_at, _, _ in rows:
            found[conversation_id].seq, found[conversation_id].at = seq or 0, last_at or 0
        for conversation_id, epoch, seq in bases:
            found[conversation_id].bases[epoch] = seq
        return list(found.values())

    async def above(self, places: Sequence[Place]) -> list[dict[int, Row]]:
        return list(await asyncio.gather(*(self._above(*place) for place in places)))

    async def _above(self, conversation_id: UUID, seq: int) -> dict[int, Row]:
        """Bucket after bucket, until one has nothing: numbers are dense but for what is not settled."""
        found: dict[int, Row] = {}
        for bucket in itertools.count(bucket_of(seq + 1)):
            rows = await self._connection.run("rows_above", conversation_id, bucket, seq)
            found |= {row[0]: _row(conversation_id, *row[1:]) for row in rows}
            if not rows:
                return found
        raise AssertionError

    async def read(self, places: Sequence[Place]) -> list[Row | None]:
        partitions: dict[Place, list[int]] = defaultdict(list)
        for conversation_id, seq in places:
            partitions[conversation_id, bucket_of(seq)].append(seq)
        found: dict[Place, Row] = {}
        for rows in await asyncio.gather(*(self._in_partition(*item) for item in partitions.items())):
            found |= rows
        return [found.get(place) for place in places]

    async def _in_partition(self, partition: Place, seqs: list[int]) -> dict[Place, Row]:
        found: dict[Place, Row] = {}
        for some in in_chunks(seqs):
            rows = await self._connection.run("rows", *partition, some)
            found |= {(partition[0], row[0]): _row(partition[0], *row[1:]) for row in rows}
        return found

    async def write(self, rows: Sequence[tuple[UUID, int, Row]], timestamp: int) -> list[bool]:
        return await self._write(_writes(rows, timestamp), len(rows))

    async def follow(self, rows: Sequence[tuple[UUID, int, Row]]) -> list[bool]:
        try:
            return await alter_targets(self._connection, [row.content for _, _, row in rows])
        except UnavailableError:
            return [False] * len(rows)

    async def write_bases(self, bases: dict[UUID, int], epoch: int) -> bool:
        writes = [Write("insert_base", (id_, epoch, base, epoch), 0) for id_, base in bases.items()]
        return all(await self._write(writes, 1))

    async def _write(self, writes: Iterable[Write], items: int) -> list[bool]:
        try:
            return await write_all(self._connection, writes, items)
        except UnavailableError:
            return [False] * items

    async def candidates(self, records: Sequence[tuple[UUID, bytes]]) -> list[list[int]]:
        by_conversation: dict[UUID, list[bytes]] = defaultdict(list)
        for conversation_id, record in records:
            by_conversation[conversation_id].append(record)
        heads = {row[0]: row[1] or 0 for row in await self.in_many("heads", by_conversation)}
        runs = [
            self.in_many("keys", some, conversation_id, keys_buckets(heads.get(conversation_id, 0)))
            for conversation_id, some in by_conversation.items()
        ]
        found: dict[bytes, list[int]] = {record: [] for _, record in records}
        for rows in await asyncio.gather(self.in_many("old_keys", found), *runs):
            for record, seq in rows:
                found[record].append(seq)
        return [found[record] for _, record in records]

    async def in_many(self, name: str, ids: Iterable[Any], *before: Any) -> list[tuple[Any, ...]]:
        """The answers of a statement that ends in IN ?."""
        runs = (self._connection.run(name, *before, some) for some in in_chunks(ids))
        return [row for rows in await asyncio.gather(*runs) for row in rows]


def _writes(rows: Sequence[tuple[UUID, int, Row]], timestamp: int) -> Iterator[Write]:
    """Each change, and where its record is."""
    for index, (conversation_id, seq, row) in enumerate(rows):
        place, content = (conversation_id, bucket_of(seq), seq), row.content
        values = *place, content, row.epoch, row.is_message, row.author_id, _mentions(row), timestamp
        yield Write("insert_change", values, index, len(content) + 64)
        if not row.is_void:
            yield Write("insert_key", (conversation_id, keys_bucket_of(seq), row.record, seq, timestamp), index)


def _mentions(row: Row) -> bytes:
    """The ids of those whom a message mentions, as the tallies read them. Most mention nobody: they are not decoded."""
    if not row.is_message or b'"mentions' not in row.content:
        return b""
    message = decode_change(row.content)
    return packed_mentions(message) if isinstance(message, MessageSent) else b""


def _row(conversation_id: UUID, epoch: int, author_id: UUID, is_message: bool, content: bytes) -> Row:
    change = decode_change(content)
    record = b"" if isinstance(change, Void) else record_of(conversation_id, change.author_id, change.key)
    return Row(epoch, record, author_id, is_message, micros_of(change.sent_at), content, target_of(change))
