"""PostgreSQL restarts, or stands still with all its children."""

from __future__ import annotations

import asyncio

from tests.faults.breaking.fault import Fault, Stage, standing_still

AWAY_SECONDS = 3.0
FROZEN_SECONDS = 10.0


async def restarted(stage: Stage) -> None:
    stage.begins()
    await stage.stop("postgres")
    await asyncio.sleep(AWAY_SECONDS)
    await stage.start_again("postgres")
    stage.heals()


FAULTS = (
    Fault("postgres_restarted", "PostgreSQL restarted, away for 3 s", restarted),
    Fault("postgres_frozen", "PostgreSQL frozen for 10 s", standing_still("postgres", FROZEN_SECONDS)),
)
