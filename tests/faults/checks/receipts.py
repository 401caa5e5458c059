"""At rest whoever shows a group was told how far each member has read, and REST says the same: as the marks stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.checks.presence import ONLINE, steady
from tests.faults.checks.run import Place, Run
from tests.faults.history import INVOKE, Line
from tests.faults.told import CONNECTED

Receipts = dict[str, tuple[int, int]]


def check(run: Run) -> Iterator[str]:
    at = max((line.at for line in run.lines["settled"]), default=0.0)
    marks, states = _marks(run), steady(run, at)
    for (who, room), told in _told(run, at).items():
        if states.get(who) == ONLINE and told != marks[room]:
            yield f"{who}, who shows {room}, was told {_differences(told, marks[room])} of who has read how far"
    for (who, room, by), (asked_at, told) in _asked(run).items():
        # A proxy that was reloaded ends what it held before half a minute later: those who go and come may look absent.
        steadily = steady(run, asked_at)
        stirred = {user_id for name, user_id in run.accounts.items() if name not in steadily}
        told = {user: (read, CONNECTED if user in stirred else seq) for user, (read, seq) in told.items()}
        if told != marks[room]:
            yield f"{who} asked {by} who has read how far in {room}: {_differences(told, marks[room])}"


def _differences(told: Receipts, marks: Receipts) -> list[str]:
    users = sorted({*told, *marks})
    return [f"{told.get(user)} for {marks.get(user)}" for user in users if told.get(user) != marks.get(user)]


def _marks(run: Run) -> dict[str, Receipts]:
    marks: dict[str, Receipts] = defaultdict(dict)
    for (who, room), looks in run.looks.items():
        marks[room][run.accounts[who]] = looks[0].read, CONNECTED
    return marks


def _told(run: Run, at: float) -> dict[Place, Receipts]:
    """Of the groups that were shown at that time, as whoever showed them puts it together."""
    shown = {line.who: line.room for line in run.lines["shows"] if line.at <= at}
    told: dict[Place, Receipts] = {(who, room): {} for who, room in shown.items() if room and room not in run.channels}
    for line in run.lines["receipts"]:
        place = line.who, line.room
        if place in told and line.at <= at:
            _put(told[place], line)
    return told


def _put(told: Receipts, line: Line) -> None:
    """A whole comes in place of all that was told before."""
    if line.type == INVOKE:
        told.clear()
    else:
        told[line.author] = line.read, line.seq


def _asked(run: Run) -> dict[tuple[str, str, str], tuple[float, Receipts]]:
    """When each was answered, and how."""
    asked: dict[tuple[str, str, str], tuple[float, Receipts]] = {}
    for line in run.lines["reached"]:
        _, told = asked.setdefault((line.who, line.room, line.by), (line.at, {}))
        told[line.author] = line.read, line.seq
    return asked
