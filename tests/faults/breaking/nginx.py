"""nginx reads its configuration anew, again and again; or restarts."""

from __future__ import annotations

import asyncio
import os
import signal

from tests.faults.breaking.fault import Fault, Stage
from tests.faults.stack import with_children

RELOADS = 5
BETWEEN_SECONDS = 2.0
AWAY_SECONDS = 1.0


async def reloaded(stage: Stage) -> None:
    stage.begins()
    for _ in range(RELOADS):
        pid = stage.stack.pid("nginx")
        before = set(with_children(pid))
        os.kill(pid, signal.SIGHUP)
        await asyncio.sleep(BETWEEN_SECONDS)
        new = set(with_children(pid)) - before
        assert new, "nginx has no new processes"
        stage.shows(f"nginx has new processes: {sorted(new)}")
    stage.heals()


async def restarted(stage: Stage) -> None:
    stage.begins()
    await stage.stop("nginx")
    await asyncio.sleep(AWAY_SECONDS)
    await stage.start_again("nginx")
    stage.heals()


FAULTS = (
    Fault("nginx_reloaded", "nginx reloaded five times in 10 s", reloaded),
    Fault("nginx_restarted", "nginx restarted, away for 1 s", restarted),
)
