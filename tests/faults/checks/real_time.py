"""What was acknowledged before another was begun stands before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.checks.records import Write
from tests.faults.checks.run import Run


def check(run: Run) -> Iterator[str]:
    rooms: dict[str, list[Write]] = defaultdict(list)
    for write in run.writes.values():
        if write.seqs:
            rooms[write.room].append(write)
    for room, writes in rooms.items():
        yield from _check_room(room, writes)


def _check_room(room: str, writes: list[Write]) -> Iterator[str]:
    """In the order of beginnings, past the highest number acknowledged by then."""
    by_ack = iter(sorted(writes, key=lambda write: write.acked))
    acked = next(by_ack, None)
    highest = 0
    for write in sorted(writes, key=lambda write: write.began):
        while acked and acked.acked < write.began:
            highest = max(highest, acked.seqs[0])
            acked = next(by_ack, None)
        if write.seqs[0] <= highest:
            yield f"{write} has number {write.seqs[0]} of {room}, and was begun after {highest} was acknowledged"
