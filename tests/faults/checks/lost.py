"""No acknowledged change is lost, and none that the server had to decide on stays undecided."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.checks.run import Run


def check(run: Run) -> Iterator[str]:
    stored = {room: {line.key: line.seq for line in run.timeline(room)} for room in run.members}
    # Who is no member where they forwarded from is refused too.
    moved = set[str]().union(*run.movers.values())
    for room in sorted(stored):
        if not stored[room]:
            yield f"nobody could read {room}"
    for key, write in run.writes.items():
        if not write.seqs and not write.refused:
            yield f"{write} was never decided"
        elif write.seqs and write.refused and write.asked.who not in moved:
            yield f"{write} was acknowledged with {write.seqs[0]}, and then refused"
        elif write.seqs and key not in stored.get(write.room, {}):
            yield f"{write}, acknowledged with {write.seqs[0]}, is not in the history"
