"""How fast somebody may do something: so many at once, refilled at a steady rate. Pure; the caller tells the time.

Our own, because it stands on the way of every message: half a microsecond, where the `limits` library's in-memory
windows start threads to expire their keys, and a count in Redis would cost a round trip.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Generic, TypeVar

KNOWN_MOST = 50_000

Who = TypeVar("Who", bound=Hashable)


class Allowance(Generic[Who]):
    """`is_shared`: other workers serve the same people, and messaging.reckoning compares what each has given."""

    def __init__(self, *, burst: float, per_second: float, is_shared: bool = False) -> None:
        self.burst = burst
        self.per_second = per_second
        self._is_shared = is_shared
        self._left: dict[Who, tuple[float, float]] = {}
        self._taken: dict[Who, int] = {}

    def take(self, who: Who, now: float, cost: int = 1) -> float:
        """Zero when they may do it now, else the seconds until they may, in whole milliseconds.

        `cost`: at most `burst`, or they never may.
        """
        left, since = self._left.get(who, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.per_second)
        if left < cost:
            self._left[who] = (left, now)
            return math.ceil(1_000 * (cost - left) / self.per_second) / 1_000
        if len(self._left) > KNOWN_MOST:
            self._left.clear()
        self._left[who] = (left - cost, now)
        if self._is_shared:
            self._taken[who] = self._taken.get(who, 0) + cost
        return 0.0

    def hand_over(self) -> dict[Who, int]:
        """How much each took since the last call."""
        taken, self._taken = self._taken, {}
        return taken

    def settle(self, who: Who, left: float, now: float) -> None:
        """All workers together have left them this much; what was taken since hand_over is not in it yet.

        Less than nothing is a debt, which the refill pays first.
        """
        self._left[who] = (left - self._taken.get(who, 0), now)
