"""Ends the tasks of a loop that stops: each is cancelled until it really has ended.

Cancelled once is not enough: asyncio.wait_for of Python 3.11, which redis-py awaits for each command, forgets a
cancellation that meets the end of what it waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

AGAIN_SECONDS = 0.1


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """What a task failed with before is nobody's business any more."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)
