"""Brings the index up to the heads of conversations: woken by what this worker stores, and by a sweep that misses
nothing. Belongs to one event loop.

What is to do is never noted anywhere: it is every change above a conversation's cursor, on whichever worker. Several
may try at once; a step counts only from where the cursor stands. Nothing here is on the way of a message: a woken
conversation waits its turn, and after each step the indexer rests for several times as long as it took.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from accounts.errors import UnavailableError
from messaging.history import History
from messaging.protocol import decode_change
from messaging.search import index
from messaging.search.texts import batch_of
from messaging.search.threads import INDEXING, on_thread

STEPS_AT_ONCE = 2
# What comes in a burst is taken in together: a step costs the same for one change as for many, and who searches waits
# for none of this.
GATHER_SECONDS = 2.0
REST_FACTOR = 9
# Of all conversations so many are compared with their cursors in one sweep.
SWEEP_MOST = 200

logger = logging.getLogger(__name__)


class Indexer:
    def __init__(self, history: History) -> None:
        self._history = history
        self._woken: dict[UUID, None] = {}
        self._stir = asyncio.Event()
        self._at_work: dict[UUID, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(STEPS_AT_ONCE)
        self._swept: UUID | None = None

    def wake(self, conversation_ids: Iterable[UUID]) -> None:
        """There is more of these conversations."""
        self._woken |= dict.fromkeys(conversation_ids)
        self._stir.set()

    async def work(self) -> None:
        """A chore: what was woken, one after the other."""
        await self._stir.wait()
        await asyncio.sleep(GATHER_SECONDS)
        while self._woken:
            conversation_id = next(iter(self._woken))
            del self._woken[conversation_id]
            while await self._step_and_rest(conversation_id):
                pass
        self._stir.clear()

    async def sweep(self) -> None:
        """A chore: the next conversations are compared with the index; after the last, those that are gone go."""
        ids = await on_thread(INDEXING, index.conversations_above, self._swept, SWEEP_MOST)
        self._swept = ids[-1] if len(ids) == SWEEP_MOST else None
        self.wake(await self._behind(ids))
        if self._swept is None:
            for conversation_id in await on_thread(INDEXING, index.left_behind, SWEEP_MOST):
                await self.erase(conversation_id)

    async def catch_up(self, conversation_ids: Sequence[UUID], seconds: float) -> bool:
        """Whether all that these conversations held when asked is in the index, after so many seconds at most."""
        tasks = {self._task(conversation_id) for conversation_id in await self._behind(conversation_ids)}
        if not tasks:
            return True
        done, waiting = await asyncio.wait(tasks, timeout=seconds)
        self.wake(conversation_ids if waiting else ())
        return not waiting and not any(task.exception() for task in done)

    async def erase(self, conversation_id: UUID) -> None:
        await on_thread(INDEXING, index.erase, conversation_id)

    async def _behind(self, conversation_ids: Collection[UUID]) -> list[UUID]:
        if not conversation_ids:
            return []
        heads = await self._history.heads(list(conversation_ids))
        return await on_thread(INDEXING, index.behind, heads)

    def _task(self, conversation_id: UUID) -> asyncio.Task[None]:
        """Many who search at one time are served by the same work."""
        task = self._at_work.get(conversation_id)
        if task is None:
            task = self._at_work[conversation_id] = asyncio.get_running_loop().create_task(self.finish(conversation_id))
            task.add_done_callback(lambda done: self._ended(conversation_id, done))
        return task

    def _ended(self, conversation_id: UUID, task: asyncio.Task[None]) -> None:
        self._at_work.pop(conversation_id, None)
        if not task.cancelled() and (error := task.exception()):
            logger.warning("a conversation could not be indexed", exc_info=error)

    async def finish(self, conversation_id: UUID) -> None:
        """Up to its head, without a rest."""
        more = True
        while more:
            async with self._turns:
                more = await self._step(conversation_id)

    def stop(self) -> None:
        """What is not done another worker does, or this one when it is back."""
        for task in self._at_work.values():
            task.cancel()

    async def _step_and_rest(self, conversation_id: UUID) -> bool:
        began = time.monotonic()
        try:
            return await self._step(conversation_id)
        except UnavailableError:
            logger.warning("a conversation waits to be indexed", exc_info=True)
            return False
        finally:
            await asyncio.sleep(REST_FACTOR * (time.monotonic() - began))

    async def _step(self, conversation_id: UUID) -> bool:
        """Whether there may be more. When another worker was faster, it goes on from there."""
        after = await on_thread(INDEXING, index.cursor_of, conversation_id)
        if after is None:
            return False
        page = await self._history.page(conversation_id, after=after, limit=index.changes_at_once())
        if not page.changes:
            return False
        upto = await on_thread(INDEXING, self._take_in, conversation_id, after, page.changes)
        return not page.complete or upto < page.head

    @staticmethod
    def _take_in(conversation_id: UUID, after: int, contents: Sequence[bytes]) -> int:
        """Decoding and folding too: long texts take their time."""
        changes = [decode_change(content) for content in contents]
        index.advance(conversation_id, after, changes[-1].seq, batch_of(changes))
        return changes[-1].seq
