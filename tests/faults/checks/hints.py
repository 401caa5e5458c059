"""Who does not show a channel is hinted at all that happens there, and told nothing more; each hint names exactly the
messages on its way."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from math import inf

from tests.faults.checks.run import Place, Run
from tests.faults.history import MESSAGE, Line

# Until a worker that was not told finds out by itself, and hints.
SECONDS = 6.0
# What says something of the conversation itself reaches everybody.
FOR_ALL = ("conversation.", "member.role_changed")


class Covered:
    """How far somebody was told that a channel has come, by hints and by the list of conversations."""

    def __init__(self, run: Run) -> None:
        self._heads: dict[Place, list[int]] = defaultdict(list)
        self._times: dict[Place, list[float]] = defaultdict(list)
        for line in sorted([*run.lines["hinted"], *run.lines["stands"]], key=lambda line: line.at):
            place = line.who, line.room
            if line.seq > self.head(place):
                self._heads[place].append(line.seq)
                self._times[place].append(line.at)

    def head(self, place: Place) -> int:
        return self._heads[place][-1] if self._heads[place] else 0

    def since(self, place: Place, seq: int) -> float:
        """When they first knew that there is as much; never, inf."""
        index = bisect_left(self._heads[place], seq)
        return self._times[place][index] if index < len(self._times[place]) else inf


def check(run: Run) -> Iterator[str]:
    yield from _exact(run)
    covered, opened = Covered(run), _opened(run)
    for place in sorted(place for place, role in run.roles.items() if role == "hinted"):
        (who, room), at = place, opened.get(place, inf)
        acked = [write.seqs[0] for write in run.writes.values() if write.room == room and write.acked < at - SECONDS]
        late = [seq for seq in acked if covered.since(place, seq) > at]
        if late:
            yield f"{who} was not hinted at {len(late)} of {room}, the first of them {min(late)}"
    for line in run.live:
        place = line.who, line.room
        is_hinted = run.roles.get(place) == "hinted" and line.at < opened.get(place, inf)
        if is_hinted and not line.kind.startswith(FOR_ALL):
            yield f"{line.who} was told {line.seq} of {line.room}, which they do not show"


def _opened(run: Run) -> dict[Place, float]:
    """When somebody first showed a conversation."""
    opened: dict[Place, float] = {}
    for line in run.lines["shows"]:
        opened.setdefault((line.who, line.room), line.at)
    return opened


def _exact(run: Run) -> Iterator[str]:
    messages: dict[str, list[Line]] = {}
    for line in run.lines["hinted"]:
        if line.room not in messages:
            messages[line.room] = [one for one in run.timeline(line.room) if one.kind == MESSAGE]
        begin, end = (bisect_right(messages[line.room], seq, key=lambda one: one.seq) for seq in (line.above, line.seq))
        expected = [" ".join([str(one.seq), one.author, *one.mentions]) for one in messages[line.room][begin:end]]
        if line.hints != expected:
            yield f"{line.who} was hinted at {line.hints} of {line.room}, not at {expected}"
