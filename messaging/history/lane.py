"""Group commit: while one flush is under way, what arrives waits, and leaves together as the next.

Idle, a flush starts at once: measured, this beats every fixed delay in rate and in latency. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from accounts.errors import UnavailableError
from messaging.errors import InProgressError

FLUSH_MOST = 500
WAITING_MOST = 20_000
# An item whose outcome another worker is about to know is committed again after a pause, for so long: a try whose
# worker died is settled three seconds after it began.
PAUSE_SECONDS = 0.05
PATIENCE_SECONDS = 5.0

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Lane(Generic[Item, Outcome]):
    """`commit` takes the items of one flush and gives an outcome (or an exception) for each; `then` sees them all, in
    the same turn of the loop in which whoever put them has heard."""

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome | Exception]]],
        then: Callable[[Sequence[Outcome | Exception]], None] | None = None,
    ) -> None:
        self._commit = commit
        self._then = then
        self._waiting: list[tuple[Item, asyncio.Future[Outcome]]] = []
        self._flushing: asyncio.Task[None] | None = None
        # Those in progress elsewhere: until when each is tried, and when it is next.
        self._patience: dict[asyncio.Future[Outcome], float] = {}
        self._pausing: dict[asyncio.Future[Outcome], asyncio.TimerHandle] = {}

    def put(self, item: Item) -> asyncio.Future[Outcome]:
        """The item's outcome, once it is durable. Raises UnavailableError when too many wait already."""
        if len(self._waiting) >= WAITING_MOST:
            raise UnavailableError
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._enqueue(item, future)
        return future

    def _enqueue(self, item: Item, future: asyncio.Future[Outcome]) -> None:
        self._waiting.append((item, future))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush_all())

    async def drained(self) -> None:
        """Returns when nothing waits. What is in progress elsewhere is unknown then."""
        while self._flushing or self._pausing:
            for future, handle in self._pausing.items():
                handle.cancel()
                self._patience.pop(future, None)
                if not future.done():
                    future.set_exception(UnavailableError())
            self._pausing.clear()
            if self._flushing:
                await asyncio.shield(self._flushing)

    async def _flush_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:FLUSH_MOST], self._waiting[FLUSH_MOST:]
                await self._flush(batch)
        finally:
            self._flushing = None

    async def _flush(self, batch: list[tuple[Item, asyncio.Future[Outcome]]]) -> None:
        outcomes: Sequence[Outcome | Exception]
        try:
            outcomes = await self._commit([item for item, _ in batch])
        except Exception as error:  # whatever it was, each waiter must hear of it
            outcomes = [error] * len(batch)
        for (item, future), outcome in zip(batch, outcomes, strict=True):
            if future.cancelled():
                self._patience.pop(future, None)
                continue
            if isinstance(outcome, InProgressError) and self._try_again(item, future):
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
            if self._patience:
                self._patience.pop(future, None)
        if self._then:
            await asyncio.sleep(0)
            self._then(outcomes)

    def _try_again(self, item: Item, future: asyncio.Future[Outcome]) -> bool:
        """After a pause, without holding up anybody else meanwhile; False when it was tried for long enough."""
        loop = asyncio.get_running_loop()
        until = self._patience.setdefault(future, loop.time() + PATIENCE_SECONDS)
        if loop.time() >= until:
            return False
        self._pausing[future] = loop.call_later(PAUSE_SECONDS, self._resume, item, future)
        return True

    def _resume(self, item: Item, future: asyncio.Future[Outcome]) -> None:
        del self._pausing[future]
        if future.cancelled():
            self._patience.pop(future, None)
        else:
            self._enqueue(item, future)
