"""No acknowledged message is lost, and none that the server had to decide on stays undecided."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.checks.run import Run


def check(run: Run) -> Iterator[str]:
    stored = {room: {line.key: line.seq for line in run.timeline(room)} for room in run.members}
    for room in sorted(stored):
        if not stored[room]:
            yield f"nobody could read {room}"
    for key, send in run.sends.items():
        if not send.seqs and not send.refused:
            yield f"{send.body!r} was never decided"
        elif send.seqs and key not in stored.get(send.room, {}):
            yield f"{send.body!r}, acknowledged with {send.seqs[0]}, is not in the history"
