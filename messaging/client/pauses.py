"""How long to wait before the next try: growing, and spread by chance so that a crowd does not come back as one."""

from __future__ import annotations

import asyncio
import random
import time

from messaging.client.errors import GaveUpError

FIRST_SECONDS = 0.1
MOST_SECONDS = 3.0
RESTARTING_SECONDS = 5.0
PATIENCE_SECONDS = 180.0


class Pauses:
    """`rest` between tries; `succeeded` once one worked. Raises GaveUpError when patience runs out in between."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self.succeeded()

    def succeeded(self) -> None:
        self._next = FIRST_SECONDS
        self._since = time.monotonic()

    async def rest(self, cause: object, *, at_least: float = 0.0) -> None:
        if time.monotonic() - self._since > self._patience_seconds:
            raise GaveUpError(f"no success within {self._patience_seconds:.0f} s; the last cause: {cause}")
        await asyncio.sleep(at_least + self._next * random.uniform(0.5, 1.0))
        self._next = min(self._next * 2, MOST_SECONDS)
