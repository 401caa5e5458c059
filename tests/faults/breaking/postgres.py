"""PostgreSQL restarts, or stands still with all its children."""

from __future__ import annotations

import asyncio

from tests.faults.breaking.fault import Fault, Stage

AWAY_SECONDS = 3.0
FROZEN_SECONDS = 10.0


async def restarted(stage: Stage) -> None:
    stage.begins()
    pid = stage.stack.pid("postgres")
    await stage.blocking(stage.stack.part("postgres").stop)
    stage.shows(f"PostgreSQL, pid {pid}, has ended")
    await asyncio.sleep(AWAY_SECONDS)
    await stage.start_again("postgres")
    stage.heals()


async def frozen(stage: Stage) -> None:
    stage.begins()
    stage.shows(await stage.stack.freeze("postgres", FROZEN_SECONDS))
    stage.heals()


FAULTS = (
    Fault("postgres_restarted", "PostgreSQL restarted, away for 3 s", restarted),
    Fault("postgres_frozen", "PostgreSQL frozen for 10 s", frozen),
)
