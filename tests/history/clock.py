"""A clock that is set by hand."""

from __future__ import annotations

import time


class Hands:
    """See messaging.history.sequencing.ports.Clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def time(self) -> int:
        return time.time_ns() // 1000
