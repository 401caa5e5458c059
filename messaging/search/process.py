"""What the process that indexes does: follows what workers name, sweeps for what nobody named, and minds the epoch.

It has an interpreter of its own: a thread of a worker that indexes takes turns with its event loop, which cost every
message far more than the indexing itself (docs/decisions/0027). Several may run, for one history.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from uuid import UUID

from django.conf import settings

from accounts.errors import UnavailableError
from messaging.ending import end
from messaging.history import History
from messaging.search import redis
from messaging.search.indexer import Indexer

SWEEP_SECONDS = 5.0
# Between the parts of one sweep.
PART_SECONDS = 0.2
TAKE_SECONDS = 1.0
TAKEN_AT_ONCE = 128
EPOCH_SECONDS = 5.0
AFTER_FAILURE_SECONDS = 1.0

logger = logging.getLogger(__name__)


async def index_until_ended(history: History, *, has_parent: bool) -> None:
    """For ever; with a parent until its end of the standard input is closed, by whatever ends it."""
    indexer = Indexer(history)
    follow = follow_parent if has_parent else follow_redis
    following = asyncio.create_task(follow(indexer))
    chores = [
        asyncio.create_task(_again(0, indexer.work)),
        asyncio.create_task(_again(PART_SECONDS, Sweeps(indexer).go_on)),
        asyncio.create_task(_again(EPOCH_SECONDS, Epochs(history).look)),
    ]
    try:
        await following
    finally:
        await end(chores)
        await history.rest()


async def follow_parent(indexer: Indexer) -> None:
    """Each line names a conversation."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        indexer.wake([UUID(line.decode().strip())])


async def follow_redis(indexer: Indexer) -> None:
    """Takes no more than is next, so that other processes have their share. Without Redis, sweeping must do."""
    while True:
        if settings.REDIS_URL and indexer.waiting < TAKEN_AT_ONCE:
            indexer.wake(await redis.take(TAKEN_AT_ONCE))
        await asyncio.sleep(TAKE_SECONDS)


class Sweeps:
    """The first at once, since what was stored while no process ran was named to nobody."""

    def __init__(self, indexer: Indexer) -> None:
        self._indexer = indexer

    async def go_on(self) -> None:
        await self._indexer.sweep()
        if self._indexer.has_swept_all:
            await asyncio.sleep(SWEEP_SECONDS)


class Epochs:
    """In another epoch nothing that is remembered of the history counts."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._known: int | None = None

    async def look(self) -> None:
        before, self._known = self._known, await self._history.epoch()
        if before not in (None, self._known):
            self._history.forget()


async def _again(seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await chore()
        except UnavailableError:  # the history says by itself, once, that it is away
            await asyncio.sleep(AFTER_FAILURE_SECONDS)
        except Exception:
            logger.exception("a chore of the index failed")
            await asyncio.sleep(AFTER_FAILURE_SECONDS)
