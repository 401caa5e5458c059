"""Two thousand more sockets lose their workers at once, and all want back in."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress

from messaging.client import GaveUpError, RefusedError
from messaging.client.wire import WireError
from tests.faults.breaking.fault import Fault, Stage
from tests.faults.crowd import Crowd
from tests.faults.link import Link
from tests.faults.waiting import until

SOCKETS = 2_000
ACCOUNTS = 20
OPENING_AT_ONCE = 32
SPREAD_SECONDS = 5.0
BACK_SECONDS = 60.0


class Holders:
    """Sockets that come back, after a pause by chance, as our pages do."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._opening = asyncio.Semaphore(OPENING_AT_ONCE)
        self._open: set[Link] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self.closes = 0

    def start(self) -> None:
        people = self._crowd.people
        self._tasks = [asyncio.create_task(self._hold(people[n % ACCOUNTS].account)) for n in range(SOCKETS)]

    async def all_open(self, seconds: float) -> None:
        are_open = await until(lambda: len(self._open) >= SOCKETS, seconds)
        assert are_open, f"only {len(self._open)} of {SOCKETS} sockets are open"

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for link in self._open:
            link.close()

    async def _hold(self, account: object) -> None:
        while True:
            try:
                async with self._opening:
                    link = await Link.open(self._crowd.rest, account, lambda told, payload: None)  # type: ignore[arg-type]
            except (OSError, WireError, TimeoutError, GaveUpError, RefusedError):
                await asyncio.sleep(random.uniform(0.5, 2.0))
                continue
            self._open.add(link)
            with suppress(Exception):
                await link.closed
            self._open.discard(link)
            self.closes += 1
            await asyncio.sleep(random.uniform(0, SPREAD_SECONDS))


async def storm(stage: Stage) -> None:
    """The workers that hold two thirds of them."""
    holders = Holders(stage.crowd)
    holders.start()
    try:
        await holders.all_open(120.0)
        stage.begins()
        for name in ("worker1", "worker2"):
            await stage.kill(name)
        killed = time.monotonic()
        await stage.start_again("worker1", "worker2")
        stage.heals()
        await holders.all_open(BACK_SECONDS)
        assert holders.closes >= SOCKETS // 3, f"only {holders.closes} sockets were lost"
        stage.shows(f"{holders.closes} sockets lost, all {SOCKETS} back after {time.monotonic() - killed:.1f} s")
    finally:
        await holders.stop()


FAULTS = (Fault("reconnect_storm", "2,000 sockets, two thirds of which lose their workers at once", storm),)
