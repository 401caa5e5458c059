"""The history in the relational database, SQLite or PostgreSQL.

Works on threads of its own, one that writes and a few that read, so that a disk that waits never holds up the event
loop: one hop for a flush, not for a message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary, WeakSet

from django.db import DatabaseError, InterfaceError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.errors import UnavailableError
from messaging.history.contract import Draft, Glance, Mark, Page, Stored
from messaging.history.lane import Lane
from messaging.history.sql.database import DATABASE, rows_of
from messaging.history.sql.epochs import read_epoch, start_epoch
from messaging.history.sql.marking import mark_all_read, mark_unread
from messaging.history.sql.mentions import read_mentions
from messaging.history.sql.overview import read_overview
from messaging.history.sql.reading import (
    Asked,
    read_edits,
    read_heads,
    read_page,
    read_pins,
    read_positions,
    read_reached,
)
from messaging.history.sql.writing import commit_drafts, erase, find, recall
from messaging.protocol import AnyChange, Position

READERS = 4

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class SqlHistory:
    """See messaging.history.contract.History."""

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(1, "history-writer")
        self._readers = ThreadPoolExecutor(READERS, "history-reader")
        self._asking: WeakKeyDictionary[asyncio.AbstractEventLoop, Lane[Asked, list[Position]]] = WeakKeyDictionary()
        self._connections: WeakSet[BaseDatabaseWrapper] = WeakSet()

    def close(self) -> None:
        """Close the threads' connections; the next call opens new ones."""
        for connection in list(self._connections):
            connection.inc_thread_sharing()
            connection.close()
            connection.dec_thread_sharing()

    async def tend(self) -> None:
        """Nothing is left behind by a transaction."""

    async def epoch(self) -> int:
        return await self._run(self._readers, read_epoch)

    async def start_epoch(self) -> int:
        return await self._run(self._writer, start_epoch)

    async def take_back_marks(self, conversation_id: UUID, user_ids: Collection[UUID]) -> int:
        """One database keeps both: none is above its head."""
        return 0

    def forget(self) -> None:
        """Nothing is remembered."""

    async def renew(self) -> None:
        """A commit needs nothing of before."""

    async def missing(self) -> list[str]:
        try:
            await self._run(self._readers, lambda: rows_of("SELECT 1", []))
        except UnavailableError:
            return ["database"]
        return []

    async def rest(self) -> None:
        """Nothing is written behind an answer."""

    def moment(self) -> None:
        """A key is one look into an index, whenever it was stored."""

    def is_recent(self, moment: object) -> bool:
        return True

    async def commit(self, drafts: Sequence[Draft]) -> list[Stored | Exception]:
        return await self._run(self._writer, lambda: commit_drafts(drafts))

    async def recall(self, change: AnyChange) -> Stored | None:
        return await self._run(self._readers, lambda: recall(change))

    async def find(self, conversation_id: UUID, author_id: UUID, key: UUID) -> AnyChange | None:
        return await self._run(self._readers, lambda: find(conversation_id, author_id, key))

    async def mark_read(self, marks: Sequence[tuple[UUID, UUID, int]]) -> list[Mark | Exception]:
        return await self._run(self._writer, lambda: mark_all_read(marks))

    async def mark_unread(self, user_id: UUID, conversation_id: UUID, seq: int) -> Mark:
        return await self._run(self._writer, lambda: mark_unread(user_id, conversation_id, seq))

    async def erase(self, conversation_id: UUID) -> None:
        await self._run(self._writer, lambda: erase(conversation_id))

    async def page(
        self, conversation_id: UUID, *, after: int | None = None, before: int | None = None, limit: int
    ) -> Page:
        return await self._run(self._readers, lambda: read_page(conversation_id, after, before, limit))

    async def edits(self, conversation_id: UUID, seq: int) -> list[bytes]:
        return await self._run(self._readers, lambda: read_edits(conversation_id, seq))

    async def pins(self, conversation_id: UUID) -> list[bytes]:
        return await self._run(self._readers, lambda: read_pins(conversation_id))

    async def positions(self, user_id: UUID, conversation_ids: Sequence[UUID]) -> list[Position]:
        """Many come in at one time: what is asked during one read is the next, whoever asks."""
        loop = asyncio.get_running_loop()
        lane = self._asking.get(loop)
        if lane is None:
            lane = self._asking[loop] = Lane(self._read_positions)
        return await lane.put((user_id, conversation_ids))

    async def overview(self, user_id: UUID, own: Callable[[], Awaitable[Collection[UUID]]]) -> list[Glance]:
        return await self._run(self._readers, lambda: read_overview(user_id))

    async def mentions(self, user_id: UUID, conversation_id: UUID, *, after: int, limit: int) -> list[int]:
        return await self._run(self._readers, lambda: read_mentions(user_id, conversation_id, after, limit))

    async def reached(self, conversation_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, int]:
        return await self._run(self._readers, lambda: read_reached(conversation_id, user_ids))

    async def heads(self, conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
        return await self._run(self._readers, lambda: read_heads(conversation_ids))

    async def _read_positions(self, asked: Sequence[Asked]) -> list[list[Position] | Exception]:
        return list(await self._run(self._readers, lambda: read_positions(asked)))

    async def _run(self, executor: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(executor, self._guarded, work)

    def _guarded(self, work: Callable[[], Result]) -> Result:
        """Turns a database that fails into UnavailableError, and lets the next call open a new connection."""
        connection = connections[DATABASE]
        self._connections.add(connection)
        try:
            return work()
        except (DatabaseError, InterfaceError) as error:
            logger.exception("the history's database failed")
            connection.close()
            raise UnavailableError from error
