"""Redis dies and comes back empty, stands still, or answers late."""

from __future__ import annotations

import asyncio

from tests.faults.breaking.fault import Fault, Stage, standing_still

AWAY_SECONDS = 3.0
BETWEEN_SECONDS = 8.0
FROZEN_SECONDS = 10.0
SLOW_SECONDS = 12.0
DELAY_SECONDS = 0.2


async def killed(stage: Stage) -> None:
    """Twice, so that an epoch is left that had hardly begun."""
    stage.begins()
    for _ in range(2):
        await stage.kill("redis")
        await asyncio.sleep(AWAY_SECONDS)
        await stage.start_again("redis")
        await asyncio.sleep(BETWEEN_SECONDS)
    stage.heals()


async def slow(stage: Stage) -> None:
    stage.begins()
    for proxy in stage.links.redis:
        proxy.slow(DELAY_SECONDS)
    before = [proxy.back.passed for proxy in stage.links.redis]
    await asyncio.sleep(SLOW_SECONDS)
    late = sum(proxy.back.passed for proxy in stage.links.redis) - sum(before)
    assert late, "nothing came through the slow links"
    stage.shows(f"{late} bytes of answers were {DELAY_SECONDS} s late")
    for proxy in stage.links.redis:
        proxy.mend()
    stage.heals()


FAULTS = (
    Fault("redis_killed", "Redis killed and started empty, twice", killed),
    Fault("redis_frozen", "Redis frozen for 10 s", standing_still("redis", FROZEN_SECONDS)),
    Fault("redis_slow", "Redis 0.2 s late each way for 12 s", slow, needs_links=True),
)
