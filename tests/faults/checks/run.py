"""A run as its history tells it, put in order for the checks. Judges nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from tests.faults.history import FAIL, INFO, INVOKE, OK, Line

MESSAGE = "message.sent"
JOINED = "member.joined"


@dataclass(slots=True)
class Send:
    """`began`: its first try. `acked`: its first acknowledgement, `seqs` what each one said. `maybe`: some try ended
    with nobody knowing what became of it."""

    who: str
    room: str
    body: str
    began: float
    acked: float = inf
    seqs: list[int] = field(default_factory=list)
    maybe: bool = False
    refused: bool = False

    @property
    def may_exist(self) -> bool:
        return bool(self.seqs) or self.maybe or not self.refused


@dataclass(slots=True)
class Look:
    """What somebody at rest was shown of a room through one worker."""

    by: str
    head: int
    read: int
    unread: int
    stored: list[Line]


@dataclass(slots=True)
class Out:
    """From `since` on somebody was no member, until `until`, when they began to be added again."""

    who: str
    room: str
    since: float
    until: float = inf


class Run:
    """`accounts` are the user ids by name. `members`: who was in a room from beginning to end."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.sends: dict[str, Send] = {}
        self.live: list[Line] = []
        self.fetched: list[Line] = []
        self.looks: dict[tuple[str, str], list[Look]] = defaultdict(list)
        self.marks: dict[tuple[str, str], list[Line]] = defaultdict(list)
        self.began: dict[tuple[str, str], list[Line]] = defaultdict(list)
        self.members: dict[str, set[str]] = defaultdict(set)
        self.movers: dict[str, set[str]] = defaultdict(set)
        self.outs: list[Out] = []
        self.peeks: list[Line] = []
        self.accounts: dict[str, str] = {}
        self.faults: list[Line] = []
        self.spread: dict[str, int] = {}
        self.closes: int = 0
        self._reading: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
        for line in lines:
            getattr(self, f"_take_{line.f}")(line)
        for room, movers in self.movers.items():
            self.members[room] -= movers

    @property
    def acked(self) -> int:
        return sum(bool(send.seqs) for send in self.sends.values())

    @property
    def healed(self) -> float:
        """When the last fault was over; before everything if there was none."""
        return max((line.at for line in self.faults if line.type == OK), default=-inf)

    def seen(self) -> Iterable[Line]:
        """Every change as it was shown to anybody."""
        yield from self.live
        yield from self.fetched
        for looks in self.looks.values():
            for look in looks:
                yield from look.stored

    def timeline(self, room: str) -> list[Line]:
        """The room's history as the first who read it at rest was shown it; the others' are held against it."""
        for (_, where), looks in self.looks.items():
            if where == room:
                return looks[0].stored
        return []

    def joins(self, who: str, room: str) -> list[int]:
        """The numbers under which somebody became a member."""
        user_id = self.accounts[who]
        return [line.seq for line in self.timeline(room) if line.kind == JOINED and line.body == user_id]

    # --- one method for each `f`

    def _take_room(self, line: Line) -> None:
        self.members[line.room].add(line.who)
        self.accounts[line.who] = line.author

    def _take_send(self, line: Line) -> None:
        if line.type == INVOKE:
            self.sends.setdefault(line.key, Send(line.who, line.room, line.body, line.at))
            return
        send = self.sends[line.key]
        if line.type == OK:
            send.acked = min(send.acked, line.at)
            send.seqs.append(line.seq)
        send.maybe |= line.type == INFO
        send.refused |= line.type == FAIL

    def _take_live(self, line: Line) -> None:
        self.live.append(line)

    def _take_fetched(self, line: Line) -> None:
        self.fetched.append(line)

    def _take_began(self, line: Line) -> None:
        self.began[line.who, line.room].append(line)

    def _take_mark(self, line: Line) -> None:
        self.marks[line.who, line.room].append(line)

    def _take_kick(self, line: Line) -> None:
        self.movers[line.room].add(line.who)
        if line.type == OK:
            self.outs.append(Out(line.who, line.room, line.at))

    _take_leave = _take_kick

    def _take_add(self, line: Line) -> None:
        self.movers[line.room].add(line.who)
        if line.type == INVOKE:
            for out in self.outs:
                if (out.who, out.room) == (line.who, line.room):
                    out.until = min(out.until, line.at)

    def _take_peek(self, line: Line) -> None:
        self.peeks.append(line)

    def _take_stored(self, line: Line) -> None:
        self._reading[line.who, line.room, line.by].append(line)

    def _take_look(self, line: Line) -> None:
        stored = self._reading.pop((line.who, line.room, line.by), [])
        self.looks[line.who, line.room].append(Look(line.by, line.seq, line.read, line.unread, stored))

    def _take_fault(self, line: Line) -> None:
        self.faults.append(line)

    def _take_spread(self, line: Line) -> None:
        self.spread[line.by] = line.seq

    def _take_close(self, line: Line) -> None:
        self.closes += 1
