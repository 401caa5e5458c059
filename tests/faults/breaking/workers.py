"""A worker dies, ends politely, or stands still."""

from __future__ import annotations

import asyncio

from tests.faults.breaking.fault import Fault, Stage, standing_still
from tests.faults.checks import presence
from tests.faults.history import OK

AWAY_SECONDS = 3.0
FROZEN_SECONDS = 15.0
KILLS = ("worker1", "worker2", "worker3", "worker1")
BETWEEN_SECONDS = 1.0


async def killed(stage: Stage) -> None:
    """One after another, at whatever its sends were. Three beats later everybody is seen as they are."""
    stage.begins()
    for name in KILLS:
        await stage.kill(name)
        await asyncio.sleep(BETWEEN_SECONDS)
        await stage.start_again(name)
    stage.heals()
    await asyncio.sleep(presence.SECONDS)
    stage.recorder.note(OK, "settled")


async def stopped(stage: Stage) -> None:
    stage.begins()
    for name in KILLS[:2]:
        await stage.stop(name)
        await asyncio.sleep(AWAY_SECONDS)
        await stage.start_again(name)
    stage.heals()


FAULTS = (
    Fault("worker_killed", "each worker killed in turn, in mid-send", killed),
    Fault("worker_stopped", "two workers stopped politely", stopped),
    Fault("worker_frozen", "a worker frozen for 15 s", standing_still("worker1", FROZEN_SECONDS)),
)
