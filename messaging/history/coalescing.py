"""Equal questions of one moment are asked once, and no answer is older than its question. Belongs to one event loop.

Who asks while an answer is on its way gets the next one, together with all who ask until that is asked: the one on its
way may have been read before what the asker knows of was stored. So a thousand readers of a page are two reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

# What many ask for is asked again no sooner than this after the last time: their questions do not all come at once.
GATHER_SECONDS = 0.03

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Coalesced(Generic[Question, Answer]):
    def __init__(self, ask: Callable[[Question], Awaitable[Answer]]) -> None:
        self._ask = ask
        self._next: dict[Question, asyncio.Task[Answer]] = {}
        self._asking: dict[Question, asyncio.Task[Answer]] = {}

    async def get(self, question: Question) -> Answer:
        """Raises what asking raises."""
        task = self._next.get(question)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._answer(question))
            self._next[question] = task
            task.add_done_callback(_look)
        return await asyncio.shield(task)

    async def _answer(self, question: Question) -> Answer:
        if before := self._asking.get(question):
            await asyncio.wait([before, asyncio.ensure_future(asyncio.sleep(GATHER_SECONDS))])
        task = self._asking[question] = self._next.pop(question)
        try:
            return await self._ask(question)
        finally:
            if self._asking.get(question) is task:
                del self._asking[question]


def _look(task: asyncio.Task[Answer]) -> None:
    """If all who asked have gone, nobody else looks at its error."""
    if not task.cancelled():
        task.exception()
