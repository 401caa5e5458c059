"""On one socket numbers only rise, and at the end nobody misses one, told or fetched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.checks.run import Run


def check(run: Run) -> Iterator[str]:
    yield from _rising(run)
    yield from _complete(run)


def _rising(run: Run) -> Iterator[str]:
    last: dict[tuple[str, str, int], int] = {}
    for line in run.live:
        place = line.who, line.room, line.conn
        if line.seq <= last.get(place, 0):
            yield f"{line.who} was told {line.seq} of {line.room} after {last[place]}, on one socket"
        last[place] = max(line.seq, last.get(place, 0))


def _complete(run: Run) -> Iterator[str]:
    held: dict[tuple[str, str], set[int]] = defaultdict(set)
    for line in (*run.live, *run.fetched):
        held[line.who, line.room].add(line.seq)
    for (who, room), looks in run.looks.items():
        since = run.since(who, room)
        if since is None:
            yield f"{who} never began to listen to {room}"
            continue
        missing = sorted({line.seq for line in looks[0].stored if line.seq > since} - held[who, room])
        if missing:
            yield f"{who} misses {len(missing)} of {room}, the first of them {missing[0]}"
