"""Once a deletion was acknowledged, the text of its message is in no page, version or preview that anybody asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import inf

from tests.faults.checks.run import DELETED, EDITED, Run
from tests.faults.history import MESSAGE, Line


def check(run: Run) -> Iterator[str]:
    gone = _gone(run)
    for line in run.paged():
        if line.kind in (MESSAGE, EDITED) and line.asked > gone[_place(line)] and (line.body or not line.deleted):
            yield f"{line.who} was shown {line.body!r} after the deletion of {_place(line)[1]} of {line.room}"
    for line in run.lines["version"]:
        if line.body and line.asked > gone[line.room, line.target]:
            yield f"{line.who} was shown a version of {line.target} of {line.room} after its deletion"
    yield from _previews(run)


def _place(line: Line) -> tuple[str, int]:
    return line.room, line.seq if line.kind == MESSAGE else line.target


def _gone(run: Run) -> dict[tuple[str, int], float]:
    """When each deletion was acknowledged. At rest, what was stored without anybody's knowing is done too."""
    gone: dict[tuple[str, int], float] = defaultdict(lambda: inf)
    for write in run.writes.values():
        if write.asked.kind == DELETED:
            place = write.room, write.asked.target
            gone[place] = min(gone[place], write.acked)
    for looks in run.looks.values():
        for line in (line for look in looks for line in look.stored if line.kind == DELETED):
            gone[line.room, line.target] = min(gone[line.room, line.target], line.asked)
    return gone


def _previews(run: Run) -> Iterator[str]:
    """At rest the list shows the newest message, and of a deleted one nothing but that."""
    for line in run.lines["preview"]:
        stored = run.timeline(line.room)
        newest = max((one.seq for one in stored if one.kind == MESSAGE), default=0)
        is_deleted = any(one.kind == DELETED and one.target == newest for one in stored)
        if line.seq != newest or line.deleted != is_deleted or (is_deleted and line.body):
            yield f"{line.who} is shown {line.body!r} of {line.seq} as the newest of {line.room}, which is {newest}"
