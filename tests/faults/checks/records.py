"""What a run's history says of one write, one look and one absence."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from tests.faults.history import Line


@dataclass(slots=True)
class Write:
    """What somebody asked for, in `asked`. `acked`: its first acknowledgement, `seqs` what each one said. `maybe`: some
    try ended with nobody knowing what became of it."""

    asked: Line
    acked: float = inf
    seqs: list[int] = field(default_factory=list)
    maybe: bool = False
    refused: bool = False

    @property
    def began(self) -> float:
        return self.asked.at

    @property
    def room(self) -> str:
        return self.asked.room

    @property
    def may_exist(self) -> bool:
        return bool(self.seqs) or self.maybe or not self.refused

    def __str__(self) -> str:
        asked = self.asked
        about = f" of {asked.target}" if asked.target else ""
        return f"{asked.kind}{about} {asked.body!r} by {asked.who}"


@dataclass(slots=True)
class Look:
    """What somebody at rest was shown of a room through one worker; `beside`: what its pages brought in besides."""

    by: str
    head: int
    read: int
    unread: int
    mentioned: int
    stored: list[Line]
    beside: list[Line]


@dataclass(slots=True)
class Out:
    """From `since` on somebody was no member, until `until`, when they began to be added again."""

    who: str
    room: str
    since: float
    until: float = inf
