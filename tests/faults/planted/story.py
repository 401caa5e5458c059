"""A small history in which all is well, to plant an error in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.checks.run import DELETED, EDITED, Run
from tests.faults.history import INFO, INVOKE, MESSAGE, OK, Line

ROOM, ALICE, BOB = "room", "alice", "bob"
IDS = {ALICE: "id of alice", BOB: "id of bob"}
WORKERS = ("worker1", "worker2")
PAGE = 4


@dataclass
class Story:
    """`tell` appends a line a second after the last; `change` and `drop` plant errors into what was told."""

    lines: list[Line] = field(default_factory=list)

    def tell(self, type: str, f: str, *, after: float = 1.0, **what: Any) -> Line:
        at = (self.lines[-1].at if self.lines else 0.0) + after
        line = Line(at=at, type=type, f=f, **{"room": ROOM, "asked": at, **what})
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


Plant = Callable[[Story], None]


@dataclass(frozen=True)
class Happening:
    """A change as it was asked for, and what the server made of it."""

    who: str
    kind: str = MESSAGE
    body: str = ""
    target: int = 0
    source: str = ""
    mentions: tuple[str, ...] = ()


# Two people say something in turn; then something of everything else happens.
SAID = 4
HAPPENINGS = (
    *(Happening((BOB, ALICE)[number % 2], body=f"body {number + 1}") for number in range(SAID)),
    Happening(ALICE, EDITED, "body 2 again", 2),
    Happening(BOB, "reaction.added", "+", 2),
    Happening(BOB, "reaction.added", "!", 2),
    Happening(BOB, "reaction.removed", "!", 2),
    Happening(ALICE, "message.pinned", target=1),
    Happening(ALICE, "message.pinned", target=2),
    Happening(ALICE, "message.unpinned", target=1),
    Happening(BOB, EDITED, "body 3 again", 3),
    Happening(ALICE, DELETED, target=3),
    Happening(BOB, body="an answer", target=2),
    Happening(ALICE, body="look @bob", mentions=(IDS[BOB],)),
    Happening(ALICE, body="look @all", mentions=("all",)),
    Happening(BOB, body="body 2 again", source=f"{ROOM} 2 {IDS[ALICE]}"),
    Happening(ALICE, body="the end"),
)
HEAD, GONE, PINNED = len(HAPPENINGS), 3, 2


def people_talk(story: Story) -> None:
    """A fault comes meanwhile, and is not over at the end."""
    for who, role in ((ALICE, "owner"), (BOB, "member")):
        story.tell(OK, "room", who=who, body=who, author=IDS[who], role=role)
    for who in (ALICE, BOB):
        story.tell(OK, "began", who=who, seq=0)
    for seq in range(1, HEAD + 1):
        if seq == SAID // 2:
            story.tell(INVOKE, "fault", room="")
            story.tell(INFO, "fault", room="", body="it broke")
        _happens(story, seq)
    story.tell(INVOKE, "mark", who=BOB, seq=1)
    story.tell(OK, "mark", who=BOB, seq=1, read=1)


def people_look(story: Story) -> None:
    """Both, at everything, through two workers."""
    for by in WORKERS:
        for who in (ALICE, BOB):
            _look(story, who, by)


def described(seq: int, *, at_rest: bool = False) -> dict[str, Any]:
    """A change as it was told, or as it reads when the text of what was deleted is gone."""
    one = HAPPENINGS[seq - 1]
    is_text = one.kind in (MESSAGE, EDITED)
    is_bare = at_rest and is_text and GONE in (seq, one.target if one.kind == EDITED else 0)
    return {
        **asked(seq),
        "seq": seq,
        "author": IDS[one.who],
        "body": "" if is_bare else one.body,
        "source": one.source,
        "mentions": list(one.mentions),
        "deleted": is_bare,
        "digest": f"{'core' if is_bare else 'digest'} {seq}",
        "core": f"core {seq}" if is_text else "",
    }


def asked(seq: int) -> dict[str, Any]:
    one = HAPPENINGS[seq - 1]
    source = " ".join(one.source.split()[:2])
    return {
        "key": f"key {seq}",
        "kind": one.kind,
        "body": "" if source else one.body,
        "target": one.target,
        "source": source,
    }


def _happens(story: Story, seq: int) -> None:
    who = HAPPENINGS[seq - 1].who
    story.tell(INVOKE, "write", who=who, **asked(seq))
    story.tell(OK, "write", who=who, seq=seq, key=f"key {seq}", kind=HAPPENINGS[seq - 1].kind)
    for listener in (ALICE, BOB):
        story.tell(OK, "live", after=0.1, who=listener, conn=1, **described(seq))


def _look(story: Story, who: str, by: str) -> None:
    for above in range(0, HEAD, PAGE):
        page = range(above + 1, min(above + PAGE, HEAD) + 1)
        beside = [seq for seq in range(1, HEAD + 1) if seq not in page and _concerns(seq, page)]
        for f, seqs in (("stored", page), ("beside", beside)):
            for seq in seqs:
                story.tell(OK, f, after=0.1, who=who, by=by, above=above, **described(seq, at_rest=True))
    if who == ALICE:
        story.tell(OK, "pins", who=who, by=by, seqs=[PINNED])
        story.tell(OK, "version", who=who, by=by, target=GONE)
    story.tell(OK, "preview", who=who, by=by, seq=HEAD, body="the end")
    read = 1 if who == BOB else 0
    others = [one for one in HAPPENINGS[read:] if one.kind == MESSAGE and one.who != who]
    mentioned = sum(bool({IDS[who], "all"} & set(one.mentions)) for one in others)
    story.tell(OK, "look", who=who, by=by, seq=HEAD, read=read, unread=len(others), mentioned=mentioned)


def _concerns(seq: int, page: range) -> bool:
    one = HAPPENINGS[seq - 1]
    return one.kind != MESSAGE and one.target in page
