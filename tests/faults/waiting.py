"""Waiting for what cannot call back, with a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LOOK_SECONDS = 0.1


async def until(is_it: Callable[[], bool], seconds: float) -> bool:
    """Whether it came to be so in time."""
    deadline = time.monotonic() + seconds
    while not is_it():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return True


async def until_still(count: Callable[[], int], still_seconds: float, seconds: float) -> bool:
    """Whether it did not change any more for so long, within so many seconds."""
    known, since, deadline = count(), time.monotonic(), time.monotonic() + seconds
    while time.monotonic() - since < still_seconds:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_SECONDS)
        if count() != known:
            known, since = count(), time.monotonic()
    return True
