"""After a removal was answered nothing of the room reaches who was removed, and history is closed to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.checks.records import Out
from tests.faults.checks.run import Run
from tests.faults.history import OK, Line

SECONDS = 2.0


def check(run: Run) -> Iterator[str]:
    told: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in (
        *run.live,
        *run.lines["hinted"],
        *run.lines["receipts"],
        *(peek for peek in run.lines["peek"] if peek.type == OK),
    ):
        told[line.who, line.room].append(line)
    for out in run.outs:
        for line in told[out.who, out.room]:
            if out.since + SECONDS < line.at < out.until:
                yield _text(out, line)


def slowest(run: Run) -> float:
    """Seconds from a removal's answer to the last thing the removed were told."""
    return max(
        (
            line.at - out.since
            for out in run.outs
            for line in run.live
            if (line.who, line.room) == (out.who, out.room) and out.since < line.at < out.until
        ),
        default=0.0,
    )


def _text(out: Out, line: Line) -> str:
    late = line.at - out.since
    return f"{out.who} was {'shown' if line.f == 'peek' else 'told'} something of {out.room} {late:.1f} s after leaving"
