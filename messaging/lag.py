"""Watches how late the event loop is: everything a worker does live waits behind whatever holds it up."""

from __future__ import annotations

import asyncio
import logging

from messaging.metrics import LOOP_LAG_SECONDS

LOOK_SECONDS = 0.25
LATE_SECONDS = 0.25

logger = logging.getLogger(__name__)


async def watch_lag() -> None:
    """One look; called again and again without a pause, so that nothing goes unseen in between."""
    loop = asyncio.get_running_loop()
    due = loop.time() + LOOK_SECONDS
    await asyncio.sleep(LOOK_SECONDS)
    late = max(0.0, loop.time() - due)
    LOOP_LAG_SECONDS.observe(late)
    if late >= LATE_SECONDS:
        logger.warning("the event loop was held up for %.2f s", late)
