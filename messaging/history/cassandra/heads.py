"""Where conversations stand: what Redis has settled, else what the rows say, and what this worker knows of its own.

Also writes the head rows, behind the acknowledgements: they are a lower bound, and Redis knows better while it lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from accounts.errors import UnavailableError
from messaging.history.cassandra.annotations import preview_stamp
from messaging.history.cassandra.batches import Write, write_all
from messaging.history.cassandra.rows import CassandraRows
from messaging.history.cassandra.session import Connection
from messaging.history.cassandra.times import micros_of
from messaging.history.contract import Draft
from messaging.history.sequencing.sequencer import Sequencer
from messaging.protocol import MessageDeleted

KNOWN_MOST = 50_000
# A round: every conversation that moved is written once in it, so a busy one's row twice a second instead of once in a
# flush, where it was half of what the nodes had to do. What lists show that other workers make may trail by two rounds.
ROUND_SECONDS = 0.5
# A round goes in parts: the messages that met all of it at once were the slowest of a hundred.
PARTS = 10

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Standing:
    """A conversation's settled head, when it last changed, and its preview with the stamp that orders previews."""

    seq: int = 0
    at: int = 0
    at_seq: int = 0
    preview: bytes | None = None
    preview_stamp: int = 0

    def merge(self, other: Standing) -> None:
        """The newer of each."""
        self.seq = max(self.seq, other.seq)
        if other.at_seq >= self.at_seq:
            self.at, self.at_seq = max(self.at, other.at), other.at_seq
        if other.preview is not None and other.preview_stamp >= self.preview_stamp:
            self.preview, self.preview_stamp = other.preview, other.preview_stamp


def news_of(drafts: Iterable[Draft]) -> dict[UUID, Standing]:
    """What these make of their conversations: of many messages only the last one's preview is written down."""
    news: dict[UUID, Standing] = {}
    shown: dict[UUID, Draft] = {}
    for draft in drafts:
        change = draft.change
        standing = news.setdefault(change.conversation_id, Standing())
        if change.seq > standing.at_seq:
            standing.at, standing.at_seq = micros_of(change.sent_at), change.seq
        if (stamp := _preview_stamp(draft)) > standing.preview_stamp:
            standing.preview_stamp, shown[change.conversation_id] = stamp, draft
    for conversation_id, draft in shown.items():
        news[conversation_id].preview = msgspec.json.encode(draft.shortened())
    return news


def _preview_stamp(draft: Draft) -> int:
    """0 for what the list of conversations does not show."""
    is_deletion = isinstance(draft.change, MessageDeleted)
    if draft.preview is None and not is_deletion:
        return 0
    message = draft.message or draft.change
    return preview_stamp(message.seq, draft.change.seq, is_final=is_deletion)


class Heads:
    """Belongs to one event loop."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[UUID, Standing] = {}
        self._unwritten: dict[UUID, Standing] = {}
        self._writing: asyncio.Task[None] | None = None
        self._next_at = 0.0
        self._hurry = asyncio.Event()

    def note(self, conversation_id: UUID, news: Standing) -> None:
        """Something settled; it will be written."""
        for memory in (self._known, self._unwritten):
            if (standing := memory.get(conversation_id)) is None:
                standing = memory[conversation_id] = Standing()
            standing.merge(news)
        while len(self._known) > KNOWN_MOST:
            self._known.pop(next(iter(self._known)))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    def forget(self, conversation_id: UUID) -> None:
        self._known.pop(conversation_id, None)
        self._unwritten.pop(conversation_id, None)

    def write_again(self) -> None:
        """What could not be written before."""
        if self._unwritten and (self._writing is None or self._writing.done()):
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def written(self) -> None:
        """Returns when nothing is on its way; nothing waits for its turn meanwhile."""
        self._hurry.set()
        try:
            while self._writing and not self._writing.done():
                await asyncio.wait([self._writing])
        finally:
            self._hurry.clear()

    async def _write(self) -> None:
        while self._unwritten:
            round_ = list(self._unwritten)
            size = math.ceil(len(round_) / PARTS)
            parts = [round_[start : start + size] for start in range(0, len(round_), size)]
            for part in parts:
                await self._pause(ROUND_SECONDS / len(parts))
                if not await self._write_part(part):
                    return

    async def _pause(self, seconds: float) -> None:
        """Until it is time for the next part, which is this one plus so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._next_at):
                await self._hurry.wait()
        self._next_at = asyncio.get_running_loop().time() + seconds

    async def _write_part(self, conversations: Sequence[UUID]) -> bool:
        """The newest of each, whether all of it was written; what was not stays to be written."""
        news = {id_: self._unwritten.pop(id_) for id_ in conversations if id_ in self._unwritten}
        writes = [write for index, item in enumerate(news.items()) for write in _writes(index, *item)]
        try:
            done = await write_all(self._connection, writes, len(news))
        except UnavailableError:
            done = [False] * len(news)
        for (conversation_id, standing), is_written in zip(news.items(), done, strict=True):
            if not is_written:
                self._unwritten.setdefault(conversation_id, Standing()).merge(standing)
        return all(done)

    def merged(self, conversation_id: UUID, standing: Standing) -> Standing:
        if known := self._known.get(conversation_id):
            standing.merge(known)
        return standing

    async def seqs(
        self, sequencer: Sequencer, rows: CassandraRows, conversations: Sequence[UUID], *, exact: bool = False
    ) -> dict[UUID, int]:
        """The settled heads; 0 for what has none. Without Redis, and unless `exact` while an epoch has not taken a
        conversation over, a head may trail by what was written last."""
        heads = await self._settled(sequencer, conversations, exact)
        if missing := [conversation_id for conversation_id, head in heads.items() if head is None]:
            for conversation_id, seq, *_ in await rows.in_many("heads", missing):
                heads[conversation_id] = seq
        return {id_: max(head or 0, self._known[id_].seq if id_ in self._known else 0) for id_, head in heads.items()}

    async def _settled(
        self, sequencer: Sequencer, conversations: Sequence[UUID], exact: bool = False
    ) -> dict[UUID, int | None]:
        """As Redis has it; reading goes on without it."""
        try:
            heads = await sequencer.heads(conversations)
            if exact and None in heads:
                await sequencer.open(conversations)
                heads = await sequencer.heads(conversations)
        except UnavailableError:
            return dict.fromkeys(conversations)
        return dict(zip(conversations, heads, strict=True))

    async def standings(
        self, sequencer: Sequencer, rows: CassandraRows, conversations: Sequence[UUID]
    ) -> dict[UUID, Standing]:
        stored, heads = await asyncio.gather(
            rows.in_many("heads", conversations), self._settled(sequencer, conversations)
        )
        standings = {id_: Standing(heads[id_] or 0) for id_ in conversations}
        for conversation_id, seq, last_at, preview, stamp in stored:
            standings[conversation_id].merge(Standing(seq or 0, last_at or 0, 0, preview, stamp or 0))
        return {id_: self.merged(id_, standing) for id_, standing in standings.items()}


def _writes(index: int, conversation_id: UUID, news: Standing) -> Iterable[Write]:
    """Each cell under the number it tells of, so that the highest wins whatever comes when. Mostly all tell of one
    message, and are one row to write."""
    has_preview = news.preview is not None
    size = len(news.preview or b"") + 64
    stamp = preview_stamp(news.at_seq, news.at_seq)
    if has_preview and news.seq == news.at_seq and news.preview_stamp == stamp:
        yield Write("set_all_of_head", (stamp, news.seq, news.at, news.preview, conversation_id), index, size)
        return
    if news.seq and news.seq == news.at_seq:
        yield Write("set_head_and_last_at", (stamp, news.seq, news.at, conversation_id), index)
    else:
        if news.seq:
            yield Write("set_head", (preview_stamp(news.seq, news.seq), news.seq, conversation_id), index)
        if news.at:
            yield Write("set_last_at", (stamp, news.at, conversation_id), index)
    if has_preview:
        yield Write("set_preview", (news.preview_stamp, news.preview, conversation_id), index, size)
