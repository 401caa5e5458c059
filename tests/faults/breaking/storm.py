"""Two thousand more sockets lose their workers at once, and all want back in."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from contextlib import suppress

from messaging.client import Account, GaveUpError, RefusedError, Rest
from messaging.client.wire import WireError
from tests.faults.breaking.fault import Fault, Stage
from tests.faults.link import Link
from tests.faults.waiting import until
from tests.live import PASSWORD

SOCKETS = 2_000
ACCOUNTS = 20
OPENING_AT_ONCE = 48
SPREAD_SECONDS = 5.0
BACK_SECONDS = 90.0
OPENING_SECONDS = 150.0
STOP_SECONDS = 10.0


class Holders:
    """Sockets that come back, after a pause by chance, as our pages do."""

    def __init__(self, rest: Rest, accounts: list[Account]) -> None:
        self._rest = rest
        self._accounts = accounts
        self._opening = asyncio.Semaphore(OPENING_AT_ONCE)
        self._open: set[Link] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self.closes = 0

    def start(self) -> None:
        holders = (self._hold(self._accounts[number % ACCOUNTS]) for number in range(SOCKETS))
        self._tasks = [asyncio.create_task(holder) for holder in holders]

    async def all_open(self, seconds: float) -> None:
        are_open = await until(lambda: len(self._open) >= SOCKETS, seconds)
        assert are_open, f"only {len(self._open)} of {SOCKETS} sockets are open"

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        # Not for ever: a wait that ends in the moment of its cancelling goes on (Python 3.11).
        await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        for link in self._open:
            link.close()

    async def _hold(self, account: Account) -> None:
        while True:
            try:
                async with self._opening:
                    link = await Link.open(self._rest, account, lambda told, payload: None)
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
    """The workers that hold two thirds of them. Nothing is said in the conversation they listen to."""
    rest = stage.crowd.rest
    accounts = [await rest.sign_up(f"h{number}.{secrets.token_hex(4)}", PASSWORD) for number in range(ACCOUNTS)]
    name = f"holders {secrets.token_hex(4)}"
    await rest.make_public_group(accounts[0], name)
    for account in accounts[1:]:
        await rest.join(account, name)
    holders = Holders(rest, accounts)
    holders.start()
    try:
        await holders.all_open(OPENING_SECONDS)
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
