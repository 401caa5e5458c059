"""How fast a user may send: so many at once, refilled at a steady rate. Pure; the caller tells the time.

Our own, because it stands on the way of every message: half a microsecond, where the `limits` library's in-memory
windows start threads to expire their keys, and a count in Redis would cost a round trip.
"""

from __future__ import annotations

import math
from uuid import UUID

USERS_MOST = 50_000


class Allowance:
    """`is_shared`: other workers serve the same users, and messaging.reckoning compares what each has given."""

    def __init__(self, *, burst: float, per_second: float, is_shared: bool = False) -> None:
        self.burst = burst
        self.per_second = per_second
        self._is_shared = is_shared
        self._left: dict[UUID, tuple[float, float]] = {}
        self._taken: dict[UUID, int] = {}

    def take(self, user_id: UUID, now: float) -> float:
        """Zero when the user may send now, else the seconds until they may, in whole milliseconds."""
        left, since = self._left.get(user_id, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.per_second)
        if left < 1:
            self._left[user_id] = (left, now)
            return math.ceil(1_000 * (1 - left) / self.per_second) / 1_000
        if len(self._left) > USERS_MOST:
            self._left.clear()
        self._left[user_id] = (left - 1, now)
        if self._is_shared:
            self._taken[user_id] = self._taken.get(user_id, 0) + 1
        return 0.0

    def hand_over(self) -> dict[UUID, int]:
        """How often each user took since the last call."""
        taken, self._taken = self._taken, {}
        return taken

    def settle(self, user_id: UUID, left: float, now: float) -> None:
        """All workers together have left the user this much; what was taken since hand_over is not in it yet.

        Less than nothing is a debt, which the refill pays first.
        """
        self._left[user_id] = (left - self._taken.get(user_id, 0), now)
