"""Read marks in Cassandra: how far each user has read, and how often they took it back.

A mark is written under (turn, seq) as its timestamp, so that the newest turn wins, and in one turn the furthest,
whatever the order of arrival. A mark that goes forward must know its turn: it is read first, and written only if it
moves. One that was taken back at another worker meanwhile stays taken back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from accounts.errors import UnavailableError
from messaging.history.cassandra.batches import Write, write_all
from messaging.history.cassandra.rows import in_chunks
from messaging.history.cassandra.session import Connection

SEQ_BITS = 32


class ReadMark(NamedTuple):
    seq: int = 0
    turn: int = 0

    @property
    def stamp(self) -> int:
        return self.turn << SEQ_BITS | self.seq


class Marks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of(self, user_id: UUID, conversation_ids: Collection[UUID]) -> dict[UUID, ReadMark]:
        runs = (self._connection.run("marks", user_id, some) for some in in_chunks(conversation_ids))
        found = {row[0]: _mark(*row[1:]) for rows in await asyncio.gather(*runs) for row in rows}
        return dict.fromkeys(conversation_ids, ReadMark()) | found

    async def reached(self, conversation_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, int]:
        """How far each has ever read there."""
        runs = (self._connection.run("marks_there", conversation_id, some) for some in in_chunks(user_ids))
        return {
            user_id: max(seq or 0, reached or 0)
            for rows in await asyncio.gather(*runs)
            for user_id, seq, reached in rows
        }

    async def move(self, marks: Sequence[tuple[UUID, UUID, int]]) -> list[ReadMark | UnavailableError]:
        """For each (user, conversation, seq) forward to seq, if it is not there."""
        known = await asyncio.gather(*(self._try(user_id, place) for user_id, place, _ in marks))
        moved = [
            mark if isinstance(mark, UnavailableError) else mark._replace(seq=max(mark.seq, seq))
            for mark, (_, _, seq) in zip(known, marks, strict=True)
        ]
        writes = [
            _write(user_id, place, new, index)
            for index, (new, old, (user_id, place, _)) in enumerate(zip(moved, known, marks, strict=True))
            if not isinstance(new, UnavailableError) and new != old
        ]
        written = await write_all(self._connection, writes, len(marks)) if writes else [True] * len(marks)
        return [mark if done else UnavailableError() for mark, done in zip(moved, written, strict=True)]

    async def take_back(self, user_id: UUID, conversation_id: UUID, seq: int) -> ReadMark:
        """Back to seq, if it is further. Raises UnavailableError: then it may or may not have been."""
        old = (await self.of(user_id, [conversation_id]))[conversation_id]
        if old.seq <= seq:
            return old
        new = ReadMark(seq, old.turn + 1)
        reached = Write("set_reached", (old.seq, old.seq, user_id, conversation_id), 0)
        if not all(await write_all(self._connection, [reached, _write(user_id, conversation_id, new, 0)], 1)):
            raise UnavailableError
        return new

    async def return_to(self, user_id: UUID, conversation_id: UUID, seq: int, *, reached: int) -> None:
        """Neither the mark nor how far it ever stood, `reached`, is further than seq, where the changes above it were
        lost. Raises UnavailableError: then it may or may not be so."""
        old = (await self.of(user_id, [conversation_id]))[conversation_id]
        writes = [Write("set_reached", (reached + 1, seq, user_id, conversation_id), 0)]
        if old.seq > seq:
            writes.append(_write(user_id, conversation_id, ReadMark(seq, old.turn + 1), 0))
        if not all(await write_all(self._connection, writes, 1)):
            raise UnavailableError

    async def _try(self, user_id: UUID, conversation_id: UUID) -> ReadMark | UnavailableError:
        try:
            return (await self.of(user_id, [conversation_id]))[conversation_id]
        except UnavailableError as error:
            return error


def _mark(seq: int | None, stamp: int | None) -> ReadMark:
    return ReadMark(seq or 0, (stamp or 0) >> SEQ_BITS)


def _write(user_id: UUID, conversation_id: UUID, mark: ReadMark, of: int) -> Write:
    return Write("insert_mark", (user_id, conversation_id, mark.seq, mark.stamp), of)
