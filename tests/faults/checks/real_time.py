"""What was acknowledged before another was begun stands before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.checks.run import Run, Send


def check(run: Run) -> Iterator[str]:
    rooms: dict[str, list[Send]] = defaultdict(list)
    for send in run.sends.values():
        if send.seqs:
            rooms[send.room].append(send)
    for room, sends in rooms.items():
        yield from _check_room(room, sends)


def _check_room(room: str, sends: list[Send]) -> Iterator[str]:
    """In the order of beginnings, past the highest number acknowledged by then."""
    by_ack = iter(sorted(sends, key=lambda send: send.acked))
    acked = next(by_ack, None)
    highest = 0
    for send in sorted(sends, key=lambda send: send.began):
        while acked and acked.acked < send.began:
            highest = max(highest, acked.seqs[0])
            acked = next(by_ack, None)
        if send.seqs[0] <= highest:
            yield f"{send.body!r} has number {send.seqs[0]} of {room}, and was begun after {highest} was acknowledged"
