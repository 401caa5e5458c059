"""Whether a run kept the promises. Each module judges one; all are pure, over the history as it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.faults.checks import (
    deleted,
    folded,
    hints,
    lost,
    numbers,
    order,
    phantom,
    presence,
    real_time,
    receipts,
    revocation,
    unread,
    unseen,
)
from tests.faults.checks.run import Run

Check = Callable[[Run], Iterator[str]]

CHECKS: dict[str, Check] = {
    "lost": lost.check,
    "numbers": numbers.check,
    "order": order.check,
    "phantom": phantom.check,
    "deleted": deleted.check,
    "folded": folded.check,
    "hints": hints.check,
    "real time": real_time.check,
    "unseen": unseen.check,
    "unread": unread.check,
    "presence": presence.check,
    "receipts": receipts.check,
    "revocation": revocation.check,
}


def anomalies(run: Run) -> list[str]:
    return [f"{name}: {text}" for name, check in CHECKS.items() for text in check(run)]
