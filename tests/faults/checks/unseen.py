"""Once a fault is over, what was acknowledged reaches every member soon."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.checks.run import Run

HEAL_SECONDS = 10.0


def check(run: Run) -> Iterator[str]:
    took = heal_seconds(run)
    if took > HEAL_SECONDS:
        yield f"{took:.1f} s after the fault somebody was first told what had been acknowledged before its end"


def heal_seconds(run: Run) -> float:
    """From the end of the last fault until everybody had all that was acknowledged by then. What nobody ever saw is for
    the check of order."""
    first = _first_seen(run)
    latest = run.healed
    for key, write in run.writes.items():
        if write.acked <= run.healed:
            seen = (first.get((who, key), 0.0) for who in run.members[write.room])
            latest = max([latest, *seen])
    return latest - run.healed if run.faults else 0.0


def _first_seen(run: Run) -> dict[tuple[str, str], float]:
    first: dict[tuple[str, str], float] = {}
    for line in (*run.live, *run.fetched):
        place = line.who, line.key
        first[place] = min(line.at, first.get(place, line.at))
    return first
