"""At rest the counts of unread messages and of mentions are exact, every worker says the same, and a read mark never
goes back."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.checks.records import Look
from tests.faults.checks.run import Run
from tests.faults.history import INVOKE, MESSAGE, OK
from tests.faults.told import ALL


def check(run: Run) -> Iterator[str]:
    for (who, room), looks in run.looks.items():
        if len({look.by for look in looks}) < 2:
            yield f"{who} did not read {room} through two workers"
        for look in looks:
            told, expected = (look.unread, look.mentioned), _unread(run, who, look)
            if told != expected:
                yield f"{who} has {told} unread and mentions in {room} through {look.by}, not {expected}"
        yield from _marks(run, who, room, looks)


def _unread(run: Run, who: str, look: Look) -> tuple[int, int]:
    """How many messages of others, and how many of these mention them; deleted ones too."""
    user_id = run.accounts[who]
    unread = [line for line in look.stored if line.kind == MESSAGE and line.seq > look.read and line.author != user_id]
    return len(unread), sum(user_id in line.mentions or ALL in line.mentions for line in unread)


def _marks(run: Run, who: str, room: str, looks: list[Look]) -> Iterator[str]:
    marks = run.marks[who, room]
    told = [line.read for line in marks if line.type == OK] + [look.read for look in looks]
    if told != sorted(told):
        yield f"the read mark of {who} in {room} went back: {told}"
    asked = max((line.seq for line in marks if line.type == INVOKE), default=0)
    confirmed = max((line.seq for line in marks if line.type == OK), default=0)
    # Who joins has read up to there.
    highest = max([asked, *(line.seq for line in run.began[who, room]), *run.joins(who, room)])
    if who in run.members[room] and not confirmed <= looks[-1].read <= highest:
        yield f"{who} had read {room} up to {confirmed} to {highest}, and is told {looks[-1].read}"
