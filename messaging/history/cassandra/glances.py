"""One look at many conversations: when each was last spoken in, and what is unread for a user.

A conversation whose settled head is the one of the last look has not changed since, so that nothing of it is read
again: what a look costs beyond Redis and the user's marks is what happened since the last one. Belongs to one event
loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from messaging.history.cassandra.heads import Heads, Standing
from messaging.history.cassandra.marks import Marks, ReadMark
from messaging.history.cassandra.rows import CassandraRows
from messaging.history.cassandra.tallies import Tallies
from messaging.history.cassandra.times import wire_time
from messaging.history.contract import Glance
from messaging.history.sequencing.sequencer import Sequencer
from messaging.protocol import Preview

MAX_SPOKEN = 100_000
MAX_COUNTED = 200_000


# So long after a head the row that tells of it may still be on its way (heads.py).
TRAILING_SECONDS = 5.0


class Spoken(NamedTuple):
    """When a conversation had last been spoken in while its head was `head`, which was `seen` first at that time.
    `is_sure`: no row that is on its way can say otherwise."""

    head: int
    at: str
    seen: float
    is_sure: bool


class Counted(NamedTuple):
    """What is unread between a mark and a head. Neither who wrote a change nor whom it mentions ever changes."""

    read: int
    head: int
    messages: int
    mentions: int


class Glances:
    def __init__(self, heads: Heads, tallies: Tallies) -> None:
        self._heads = heads
        self._tallies = tallies
        self._spoken: dict[UUID, Spoken] = {}
        self._counted: dict[tuple[UUID, UUID], Counted] = {}

    async def read(
        self, sequencer: Sequencer, rows: CassandraRows, marks: Marks, user_id: UUID, ids: Sequence[UUID]
    ) -> list[Glance]:
        heads = await self._heads.seqs(sequencer, rows, ids)
        spoken = {id_: self._spoken[id_] for id_ in ids if self._is_known(id_, heads[id_])}
        stale = [id_ for id_ in ids if id_ not in spoken]
        standings, read = await asyncio.gather(self._heads.standings(sequencer, rows, stale), marks.of(user_id, ids))
        spoken |= {id_: self._spoken_in(id_, heads[id_], standing) for id_, standing in standings.items()}
        if len(self._spoken) > MAX_SPOKEN:
            self._spoken.clear()
        self._spoken |= spoken
        counts = await self._count(user_id, read, heads)
        return [Glance(id_.hex, spoken[id_].at, counts[id_].messages, counts[id_].mentions) for id_ in ids]

    def _is_known(self, conversation_id: UUID, head: int) -> bool:
        known = self._spoken.get(conversation_id)
        return known is not None and known.head == head and known.is_sure

    def _spoken_in(self, conversation_id: UUID, head: int, standing: Standing) -> Spoken:
        now = time.monotonic()
        known = self._spoken.get(conversation_id)
        seen = known.seen if known and known.head == head else now
        is_old = now - seen > TRAILING_SECONDS
        if not standing.preview:
            return Spoken(head, wire_time(standing.at) if standing.at else "", seen, is_old)
        preview = msgspec.json.decode(standing.preview, type=Preview)
        return Spoken(head, preview.sent_at, seen, is_old or preview.seq == head)

    async def _count(self, user_id: UUID, read: dict[UUID, ReadMark], heads: dict[UUID, int]) -> dict[UUID, Counted]:
        if len(self._counted) > MAX_COUNTED:
            self._counted.clear()
        counted = await asyncio.gather(
            *(self._count_one(user_id, id_, read[id_].seq, head) for id_, head in heads.items())
        )
        return dict(zip(heads, counted, strict=True))

    async def _count_one(self, user_id: UUID, conversation_id: UUID, read: int, head: int) -> Counted:
        if head <= read:
            return Counted(read, head, 0, 0)
        known = self._counted.get((user_id, conversation_id))
        if known and (known.read, known.head) == (read, head):
            return known
        unread = await self._tallies.of_others(user_id, conversation_id, read, head)
        counted = Counted(read, head, unread.messages, len(unread.mentions))
        self._counted[user_id, conversation_id] = counted
        return counted
