"""A small history in which all is well, to plant an error in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.checks.run import MESSAGE, Run
from tests.faults.history import INFO, INVOKE, OK, Line

ROOM, ALICE, BOB = "room", "alice", "bob"
IDS = {ALICE: "id of alice", BOB: "id of bob"}
WORKERS = ("worker1", "worker2")


@dataclass
class Story:
    """`tell` appends a line a second after the last; `change` and `drop` plant errors into what was told."""

    lines: list[Line] = field(default_factory=list)

    def tell(self, type: str, f: str, *, after: float = 1.0, **what: Any) -> Line:
        at = (self.lines[-1].at if self.lines else 0.0) + after
        line = Line(at=at, type=type, f=f, **{"room": ROOM, **what})
        self.lines.append(line)
        return line

    def where(self, **what: Any) -> list[Line]:
        return [line for line in self.lines if all(getattr(line, name) == value for name, value in what.items())]

    def change(self, line: Line, **what: Any) -> None:
        for name, value in what.items():
            setattr(line, name, value)

    def drop(self, lines: list[Line]) -> None:
        self.lines = [line for line in self.lines if line not in lines]

    def run(self) -> Run:
        return Run(sorted(self.lines, key=lambda line: line.at))


def a_good_story(messages: int = 4) -> Story:
    """Two people say something in turn; a fault comes and goes; both read everything through two workers."""
    story = Story()
    for who in (ALICE, BOB):
        story.tell(OK, "room", who=who, author=IDS[who])
    for who in (ALICE, BOB):
        story.tell(OK, "began", who=who, seq=0)
    for seq in range(1, messages + 1):
        if seq == messages // 2:
            story.tell(INVOKE, "fault", room="")
            story.tell(INFO, "fault", room="", body="it broke")
        _say(story, (ALICE, BOB)[seq % 2], seq)
    story.tell(INVOKE, "mark", who=BOB, seq=1)
    story.tell(OK, "mark", who=BOB, seq=1, read=1)
    story.tell(OK, "fault", room="")
    for by in WORKERS:
        for who in (ALICE, BOB):
            _look(story, who, by, messages)
    return story


def described(who: str, seq: int) -> dict[str, Any]:
    return {
        "key": f"key {seq}",
        "seq": seq,
        "kind": MESSAGE,
        "author": IDS[who],
        "body": f"body {seq}",
        "digest": f"digest {seq}",
    }


def _say(story: Story, who: str, seq: int) -> None:
    story.tell(INVOKE, "send", who=who, key=f"key {seq}", body=f"body {seq}")
    story.tell(OK, "send", who=who, key=f"key {seq}", seq=seq)
    for listener in (ALICE, BOB):
        story.tell(OK, "live", after=0.1, who=listener, conn=1, **described(who, seq))


def _look(story: Story, who: str, by: str, head: int) -> None:
    for seq in range(1, head + 1):
        story.tell(OK, "stored", after=0.1, who=who, by=by, **described((ALICE, BOB)[seq % 2], seq))
    read = 1 if who == BOB else 0
    unread = sum((ALICE, BOB)[seq % 2] != who for seq in range(read + 1, head + 1))
    story.tell(OK, "look", who=who, by=by, seq=head, read=read, unread=unread)


Plant = Callable[[Story], None]
