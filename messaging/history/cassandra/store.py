"""The history in Cassandra, numbered through Redis. Composition: what each part does is told where it lives."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec

from accounts.errors import UnavailableError
from messaging.errors import InProgressError, KeyReusedError, SeqAboveHeadError
from messaging.history.cassandra.address import Address
from messaging.history.cassandra.batches import Write, write_all
from messaging.history.cassandra.buckets import bucket_of
from messaging.history.cassandra.glances import Glances
from messaging.history.cassandra.heads import Heads, Standing, news_of
from messaging.history.cassandra.marks import Marks, ReadMark
from messaging.history.cassandra.reading import Pages
from messaging.history.cassandra.rows import CassandraRows, record_of
from messaging.history.cassandra.session import Connection
from messaging.history.cassandra.tallies import Tallies, Unread
from messaging.history.cassandra.times import wire_time
from messaging.history.contract import Draft, Glance, Mark, Page, Stored
from messaging.history.epochs import number_after
from messaging.history.sequencing.ledger import Ledger, LedgerKeeper
from messaging.history.sequencing.ports import Keeper, Moment, Row
from messaging.history.sequencing.redis import RedisKeeper
from messaging.history.sequencing.sequencer import IN_PROGRESS, InProgress, Kept, Proposal, Sequencer
from messaging.protocol import (
    AnyChange,
    MessageSent,
    Position,
    Preview,
    Void,
    decode_change,
    encode,
    target_of,
)

NOBODY = UUID(int=0)


class WallClock:
    def now(self) -> float:
        return time.monotonic()

    def time(self) -> int:
        return time.time_ns() // 1000


class _Local:
    """What belongs to one event loop."""

    def __init__(self, connection: Connection) -> None:
        self.heads = Heads(connection)
        self.pages = Pages(connection)
        self.tallies = Tallies(connection)
        self.glances = Glances(self.heads, self.tallies)


class CassandraHistory:
    """See messaging.history.contract.History."""

    def __init__(self, address: Address, redis_url: str) -> None:
        self._connection = Connection(address)
        self._connection.begin()
        self._keeper: Keeper = RedisKeeper(redis_url) if redis_url else LedgerKeeper(Ledger(time.monotonic))
        self._rows = CassandraRows(self._connection, self._note_heads)
        self._marks = Marks(self._connection)
        self._sequencer = Sequencer(self._keeper, self._rows, WallClock(), make_void)
        self._locals: WeakKeyDictionary[asyncio.AbstractEventLoop, _Local] = WeakKeyDictionary()

    def close(self) -> None:
        self._connection.close()

    async def tend(self) -> None:
        """Settle what was abandoned, write what could not be written. To be called about every second."""
        self._local().heads.write_again()
        with contextlib.suppress(UnavailableError):
            await self._sequencer.sweep()

    async def epoch(self) -> int:
        rows = await self._connection.run("history_epoch")
        return int(rows[0][0]) if rows else 0

    async def start_epoch(self) -> int:
        """Numbering too begins anew, from the rows and under the same number: what Redis holds is of another history,
        and the epochs of the rows and bases are below it, whatever the restored row of its epoch says."""
        number = await self._sequencer.lease.replace(number_after(await self.epoch()))
        await self._connection.run("begin_epoch", number, number)
        return number

    async def take_back_marks(self, conversation_id: UUID, user_ids: Collection[UUID]) -> int:
        """Of most conversations the row of the head, which may trail, says enough."""
        reached = await self._marks.reached(conversation_id, user_ids)
        furthest = max(reached.values(), default=0)
        if furthest <= (await self._heads([conversation_id]))[conversation_id]:
            return 0
        head = (await self._heads([conversation_id], exact=True))[conversation_id]
        ahead = {user_id: seq for user_id, seq in reached.items() if seq > head}
        for user_id, seq in ahead.items():
            await self._marks.return_to(user_id, conversation_id, head, reached=seq)
        return len(ahead)

    def forget(self) -> None:
        self._sequencer.lease.drop()
        self._locals.pop(asyncio.get_running_loop(), None)

    async def renew(self) -> None:
        await self._sequencer.lease.renew()

    async def missing(self) -> list[str]:
        """Which of the servers that a send needs does not answer."""
        try:
            await self._rows.epoch()
        except UnavailableError:
            return ["cassandra"]
        try:
            await self._sequencer.lease.tenure()
        except UnavailableError:
            return ["redis"]
        return []

    async def rest(self) -> None:
        await self._local().heads.written()
        await self._keeper.rest()

    def moment(self) -> Moment | None:
        return self._sequencer.moment()

    def is_recent(self, moment: object) -> bool:
        return isinstance(moment, Moment) and self._sequencer.is_young(moment)

    async def commit(self, drafts: Sequence[Draft]) -> list[Stored | Exception]:
        records = [_record(draft) for draft in drafts]
        firsts = dict(reversed(list(zip(records, drafts, strict=True))))
        proposals = [_proposal(record, firsts[record]) for record in dict.fromkeys(records)]
        answers = await self._sequencer.store(proposals)
        kept = {proposal.record: answer for proposal, answer in zip(proposals, answers, strict=True)}
        outcomes = [
            _outcome(draft, kept[record], is_first=firsts[record] is draft)
            for record, draft in zip(records, drafts, strict=True)
        ]
        self._note_news(drafts, outcomes)
        return await self._mark_joins(drafts, outcomes)

    async def page(
        self, conversation_id: UUID, *, after: int | None = None, before: int | None = None, limit: int
    ) -> Page:
        head = (await self._heads([conversation_id], exact=True))[conversation_id]
        return await self._local().pages.page(conversation_id, after, before, limit, head)

    async def edits(self, conversation_id: UUID, seq: int) -> list[bytes]:
        return await self._local().pages.edits(conversation_id, seq)

    async def pins(self, conversation_id: UUID) -> list[bytes]:
        return await self._local().pages.pins(conversation_id)

    async def recall(self, change: AnyChange) -> Stored | None:
        draft = Draft(change)
        kept = await self._sequencer.recall(_proposal(_record(draft), draft))
        outcome = _outcome(draft, kept, is_first=False) if kept else None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def find(self, conversation_id: UUID, author_id: UUID, key: UUID) -> AnyChange | None:
        record = record_of(conversation_id, author_id, key)
        kept = await self._sequencer.recall(
            Proposal(conversation_id, record, lambda *_: make_void(conversation_id, 0, 0))
        )
        return decode_change(kept.row.content) if kept else None

    async def heads(self, conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
        heads = await self._heads(conversation_ids)
        return {conversation_id: head for conversation_id, head in heads.items() if head}

    async def mentions(self, user_id: UUID, conversation_id: UUID, *, after: int, limit: int) -> list[int]:
        head = (await self._heads([conversation_id], exact=True))[conversation_id]
        return list((await self._unread(user_id, conversation_id, after, head)).mentions[:limit])

    async def reached(self, conversation_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, int]:
        return await self._marks.reached(conversation_id, user_ids)

    async def positions(self, user_id: UUID, conversation_ids: Sequence[UUID]) -> list[Position]:
        ids = list(dict.fromkeys(conversation_ids))
        standings, marks = await asyncio.gather(
            self._local().heads.standings(self._sequencer, self._rows, ids), self._marks.of(user_id, ids)
        )
        unread = await asyncio.gather(*(self._unread(user_id, id_, marks[id_].seq, standings[id_].seq) for id_ in ids))
        positions = [_position(id_, standings[id_], marks[id_], count) for id_, count in zip(ids, unread, strict=True)]
        return sorted(positions, key=lambda position: position.last_at or "", reverse=True)

    async def overview(self, user_id: UUID, own: Callable[[], Awaitable[Collection[UUID]]]) -> list[Glance]:
        ids = list(dict.fromkeys(await own()))
        return await self._local().glances.read(self._sequencer, self._rows, self._marks, user_id, ids)

    async def mark_read(self, marks: Sequence[tuple[UUID, UUID, int]]) -> list[Mark | Exception]:
        heads = await self._heads(list({conversation_id for _, conversation_id, _ in marks}), exact=True)
        fine = [mark for mark in marks if mark[2] <= heads[mark[1]]]
        moved = dict(zip(fine, await self._marks.move(fine), strict=True))
        return list(await asyncio.gather(*(self._marked(mark, heads[mark[1]], moved.get(mark)) for mark in marks)))

    async def mark_unread(self, user_id: UUID, conversation_id: UUID, seq: int) -> Mark:
        head = (await self._heads([conversation_id], exact=True))[conversation_id]
        if seq > head:
            raise SeqAboveHeadError(field="seq")
        mark = await self._marks.take_back(user_id, conversation_id, seq - 1)
        return _marked(mark, await self._unread(user_id, conversation_id, mark.seq, head))

    async def erase(self, conversation_id: UUID) -> None:
        """Read marks and the hashes of keys stay: they say nothing of what was written."""
        head = (await self._heads([conversation_id], exact=True))[conversation_id]
        await self._keeper.forget([conversation_id])
        for part in (self._local().heads, self._local().tallies):
            part.forget(conversation_id)
        buckets = [
            Write(name, (conversation_id, bucket), 0)
            for bucket in range(bucket_of(head) + 2)
            for name in ("erase_changes", "erase_annotations", "erase_versions")
        ]
        rest = [Write(name, (conversation_id,), 0) for name in ("erase_tallies", "erase_bases", "erase_head")]
        if not all(await write_all(self._connection, [*buckets, *rest], 1)):
            raise UnavailableError

    def _local(self) -> _Local:
        loop = asyncio.get_running_loop()
        if loop not in self._locals:
            self._locals[loop] = _Local(self._connection)
        return self._locals[loop]

    async def _heads(self, conversation_ids: Sequence[UUID], *, exact: bool = False) -> dict[UUID, int]:
        return await self._local().heads.seqs(self._sequencer, self._rows, conversation_ids, exact=exact)

    def _note_heads(self, heads: dict[UUID, int]) -> None:
        local = self._local()
        for conversation_id, seq in heads.items():
            local.heads.note(conversation_id, Standing(seq))

    def _note_news(self, drafts: Sequence[Draft], outcomes: Sequence[Stored | Exception]) -> None:
        new = [
            draft
            for draft, outcome in zip(drafts, outcomes, strict=True)
            if isinstance(outcome, Stored) and not outcome.repeated
        ]
        for conversation_id, news in news_of(new).items():
            self._local().heads.note(conversation_id, news)

    async def _mark_joins(
        self, drafts: Sequence[Draft], outcomes: list[Stored | Exception]
    ) -> list[Stored | Exception]:
        """Who joins has read up to there; also when it was an earlier try that stored it and then failed to say so."""
        joins = [
            (index, (user_id, outcome.change.conversation_id, outcome.change.seq))
            for index, (draft, outcome) in enumerate(zip(drafts, outcomes, strict=True))
            if isinstance(outcome, Stored)
            for user_id in draft.reads
        ]
        moved = await self._marks.move([mark for _, mark in joins])
        for (index, _), mark in zip(joins, moved, strict=True):
            if isinstance(mark, Exception):
                outcomes[index] = mark
        return outcomes

    async def _marked(
        self, mark: tuple[UUID, UUID, int], head: int, moved: ReadMark | UnavailableError | None
    ) -> Mark | Exception:
        user_id, conversation_id, _ = mark
        if moved is None:
            return SeqAboveHeadError(field="seq")
        if isinstance(moved, UnavailableError):
            return moved
        try:
            return _marked(moved, await self._unread(user_id, conversation_id, moved.seq, head))
        except UnavailableError as error:
            return error

    async def _unread(self, user_id: UUID, conversation_id: UUID, read: int, head: int) -> Unread:
        return await self._local().tallies.of_others(user_id, conversation_id, read, head)


def make_void(conversation_id: UUID, seq: int, epoch: int) -> Row:
    """A number nobody used."""
    at = time.time_ns() // 1000
    void = Void(
        conversation_id=conversation_id,
        seq=seq,
        id=uuid.uuid4(),
        key=uuid.uuid4(),
        author_id=NOBODY,
        sent_at=wire_time(at),
    )
    return Row(epoch, b"", NOBODY, False, at, encode(void))


def _record(draft: Draft) -> bytes:
    return record_of(draft.change.conversation_id, draft.change.author_id, draft.change.key)


def _proposal(record: bytes, draft: Draft) -> Proposal:
    change = draft.change

    def make(seq: int, at: int, epoch: int) -> Row:
        change.seq, change.sent_at = seq, wire_time(at)
        is_message = isinstance(change, MessageSent)
        return Row(epoch, record, change.author_id, is_message, at, encode(change), target_of(change))

    moment = draft.not_before if isinstance(draft.not_before, Moment) else None
    return Proposal(change.conversation_id, record, make, moment)


def _outcome(draft: Draft, kept: Kept | InProgress | None, *, is_first: bool) -> Stored | Exception:
    """`is_first`: no draft before it in this flush has its key."""
    if not isinstance(kept, Kept):
        return InProgressError() if kept is IN_PROGRESS else UnavailableError()
    if is_first and not kept.repeated:
        return Stored(draft.change, kept.row.content, repeated=False)
    first = decode_change(kept.row.content)
    return (
        Stored(first, kept.row.content, repeated=True)
        if first.says_the_same(draft.change)
        else KeyReusedError(field="key")
    )


def _marked(mark: ReadMark, unread: Unread) -> Mark:
    return Mark(mark.seq, unread.messages, mark.turn, len(unread.mentions))


def _position(conversation_id: UUID, standing: Standing, mark: ReadMark, unread: Unread) -> Position:
    return Position(
        conversation_id=conversation_id,
        head=standing.seq,
        read=mark.seq,
        unread=unread.messages,
        last_at=wire_time(standing.at) if standing.at else None,
        preview=msgspec.json.decode(standing.preview, type=Preview) if standing.preview else None,
        turn=mark.turn,
        mentions=len(unread.mentions),
    )
