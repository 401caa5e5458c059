"""Once a fault is over, what was acknowledged reaches every member soon."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from tests.faults.checks.hints import Covered
from tests.faults.checks.records import Write
from tests.faults.checks.run import Run

HEAL_SECONDS = 10.0


def check(run: Run) -> Iterator[str]:
    took = heal_seconds(run)
    if took > HEAL_SECONDS:
        yield f"{took:.1f} s after the fault somebody was first told what had been acknowledged before its end"


def heal_seconds(run: Run) -> float:
    """From the end of the last fault until everybody had all that was acknowledged by then, or was hinted at it. What
    nobody ever saw is for the checks of order and of hints."""
    first, covered = _first_seen(run), Covered(run)

    def had(who: str, write: Write) -> float:
        place = who, write.room
        told, hinted = first.get((who, write.asked.key), inf), covered.since(place, write.seqs[0])
        by_role = {"hinted": hinted, "glancing": min(told, hinted)}
        return by_role.get(run.roles[place], told)

    latest = run.healed
    for write in run.writes.values():
        if write.acked <= run.healed:
            times = (had(who, write) for who in run.members[write.room])
            latest = max([latest, *(at for at in times if at < inf)])
    return latest - run.healed if run.faults else 0.0


def _first_seen(run: Run) -> dict[tuple[str, str], float]:
    first: dict[tuple[str, str], float] = {}
    for line in (*run.live, *run.fetched):
        place = line.who, line.key
        first[place] = min(line.at, first.get(place, line.at))
    return first
