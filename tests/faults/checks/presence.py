"""Once all is quiet for three beats, whoever watches people sees who is connected and who is not, however they went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.checks.run import Run
from tests.faults.history import Line

# What the workers are started with as PARLEY_PRESENCE_SECONDS; within three of it everybody is seen as they are.
BEAT_SECONDS = 3.0
# For a machine that all of it shares.
LATE_SECONDS = 2.0
SECONDS = 3 * BEAT_SECONDS + LATE_SECONDS

ONLINE, OFFLINE = "online", "offline"


def check(run: Run) -> Iterator[str]:
    for line in run.lines["settled"]:
        yield from _check_at(run, line.at)


def _check_at(run: Run, at: float) -> Iterator[str]:
    states, ids = steady(run, at), {line.who: line.author for line in run.lines["open"]}
    for looker, told in _told(run, at).items():
        if states.get(looker) != ONLINE:
            continue
        for who, state in states.items():
            seen = told.get(ids[who], "nothing")
            if seen != state:
                yield f"{looker} sees {who} as {seen}, who is {state}"


def steady(run: Run, at: float) -> dict[str, str]:
    """How those are whose sockets neither came nor went for a while."""
    last: dict[str, Line] = {}
    for line in sorted([*run.lines["open"], *run.lines["close"]], key=lambda line: line.at):
        if line.at <= at:
            last[line.who] = line
    quiet = {who: line for who, line in last.items() if line.at <= at - SECONDS}
    return {who: ONLINE if line.f == "open" else OFFLINE for who, line in quiet.items()}


def _told(run: Run, at: float) -> dict[str, dict[str, str]]:
    """What each who watches was told of everybody last."""
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for line in run.lines["seen"]:
        if line.at <= at:
            told[line.who][line.author] = line.body
    return told
