"""What this worker stored and the search index may lack: names it to the processes that index, and says how far they
are behind. Belongs to one event loop.

A name that is lost costs time only: what a process has to do is every change above a conversation's cursor, which it
finds by itself as well.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from messaging.metrics import UNINDEXED_CHANGES, UNINDEXED_SECONDS
from messaging.search import index
from messaging.search.threads import ANSWERING, on_thread

NAME_SECONDS = 1.0
CHECK_SECONDS = 5.0
# Named again when the index has not reached it by then.
AGAIN_SECONDS = 10.0
CHECKED_AT_ONCE = 1_000
# What has waited for so long is indexed by nobody: said once an hour.
WARN_AFTER_SECONDS = 300.0
WARN_SECONDS = 3_600.0

logger = logging.getLogger(__name__)

# Returns those that could not be named.
Name = Callable[[Collection[UUID]], Awaitable[Collection[UUID]]]


class Waiting(NamedTuple):
    """A conversation is to be indexed up to `seq`, and has waited for `awaited` since then (of the monotonic clock)."""

    seq: int
    awaited: int
    since: float


async def to_nobody(conversation_ids: Collection[UUID]) -> Collection[UUID]:
    """Where no process is known, those that run find it."""
    return ()


class Backlog:
    def __init__(self, name: Name) -> None:
        self._name = name
        self._stored: dict[UUID, int] = {}
        self._waiting: dict[UUID, Waiting] = {}
        self._unnamed: dict[UUID, None] = {}
        self._warned_at = -WARN_SECONDS

    def note(self, conversation_id: UUID, seq: int) -> None:
        """A change was stored. On the way of every message: an entry in a dictionary."""
        self._stored[conversation_id] = seq

    def wake(self, conversation_ids: Iterable[UUID]) -> None:
        """Of these somebody saw that the index is behind."""
        self._unnamed |= dict.fromkeys(conversation_ids)

    async def pass_on(self) -> None:
        """A chore, for every NAME_SECONDS."""
        stored, self._stored = self._stored, {}
        now = time.monotonic()
        for conversation_id, seq in stored.items():
            known = self._waiting.get(conversation_id) or Waiting(seq, seq, now)
            self._waiting[conversation_id] = known._replace(seq=seq)
        names = self._unnamed | dict.fromkeys(stored)
        if names:
            self._unnamed = {}
            self._unnamed = dict.fromkeys(await self._name(names)) | self._unnamed

    async def check(self) -> None:
        """A chore, for every CHECK_SECONDS: what is indexed is forgotten, the rest counted."""
        behind = 0
        for ids in _in_parts(list(self._waiting)):
            behind += await self._check(ids)
        await self._forget_deleted()
        now = time.monotonic()
        waited = now - min((one.since for one in self._waiting.values()), default=now)
        UNINDEXED_CHANGES.set(behind)
        UNINDEXED_SECONDS.set(waited)
        if waited > WARN_AFTER_SECONDS and now - self._warned_at > WARN_SECONDS:
            self._warned_at = now
            logger.warning("Nothing was indexed for %d s: does `manage.py index` run?", waited)

    async def _check(self, ids: Collection[UUID]) -> int:
        """How many changes of these are not indexed."""
        standings = await on_thread(ANSWERING, index.standings, ids)
        now, behind = time.monotonic(), 0
        for id_ in ids:
            waiting = self._waiting[id_]
            at = standings[id_].seq if id_ in standings else 0
            if at >= waiting.seq:
                del self._waiting[id_]
                continue
            behind += waiting.seq - at
            if at >= waiting.awaited:
                self._waiting[id_] = Waiting(waiting.seq, waiting.seq, now)
            elif now - waiting.since > AGAIN_SECONDS:
                self._unnamed[id_] = None
        return behind

    async def _forget_deleted(self) -> None:
        """What was deleted, at whichever worker, waits for nothing."""
        late = list(islice(self._unnamed, CHECKED_AT_ONCE))
        for id_ in set(late) - await on_thread(ANSWERING, index.existing, late):
            self._waiting.pop(id_, None)
            del self._unnamed[id_]


def _in_parts(ids: list[UUID]) -> Iterable[list[UUID]]:
    rest = iter(ids)
    return iter(lambda: list(islice(rest, CHECKED_AT_ONCE)), [])
