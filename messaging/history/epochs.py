"""The number of a new epoch. Pure but for the clock."""

from __future__ import annotations

import time


def number_after(known: int) -> int:
    """Above `known`, and above the epochs that began after a backup, which the restored store does not know: seconds
    since 1970. Counted on from `known` alone, two restores of one backup would begin the same epoch twice."""
    return max(known + 1, int(time.time()))
