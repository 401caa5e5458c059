"""A run as its history tells it, put in order for the checks. Judges nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import inf

from tests.faults.checks.records import Look, Out, Write
from tests.faults.history import FAIL, INFO, INVOKE, MESSAGE, OK, Line

EDITED = "message.edited"
DELETED = "message.deleted"
JOINED = "member.joined"

# Somebody in some room.
Place = tuple[str, str]


class Run:
    """`lines` are those that are not put in order here, by what they are about. `accounts` are the user ids by name,
    `usernames` the names by username. `members`: who was in a room from beginning to end."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines: dict[str, list[Line]] = defaultdict(list)
        self.live, self.fetched, self.faults = (self.lines[f] for f in ("live", "fetched", "fault"))
        self.writes: dict[str, Write] = {}
        self.looks: dict[Place, list[Look]] = defaultdict(list)
        self.marks: dict[Place, list[Line]] = defaultdict(list)
        self.began: dict[Place, list[Line]] = defaultdict(list)
        self.members: dict[str, set[str]] = defaultdict(set)
        self.movers: dict[str, set[str]] = defaultdict(set)
        self.owners: dict[str, str] = {}
        self.roles: dict[Place, str] = {}
        self.channels: set[str] = set()
        self.outs: list[Out] = []
        self.accounts: dict[str, str] = {}
        self.usernames: dict[str, str] = {}
        self.spread: dict[str, int] = {}
        self._reading: dict[tuple[str, str, str, str], list[Line]] = defaultdict(list)
        for line in lines:
            take = getattr(self, f"_take_{line.f}", self.lines[line.f].append)
            take(line)
        for room, movers in self.movers.items():
            self.members[room] -= movers

    @property
    def acked(self) -> int:
        """Messages."""
        return sum(bool(write.seqs) and write.asked.kind == MESSAGE for write in self.writes.values())

    @property
    def healed(self) -> float:
        """When the last fault was over; before everything if there was none."""
        return max((line.at for line in self.faults if line.type == OK), default=-inf)

    def seen(self) -> Iterator[Line]:
        """Every change as it was shown to anybody."""
        yield from self.live
        yield from self.paged()

    def paged(self) -> Iterator[Line]:
        """As it was shown in a page."""
        yield from self.fetched
        yield from self.lines["later"]
        for looks in self.looks.values():
            for look in looks:
                yield from look.stored
                yield from look.beside

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

    def since(self, who: str, room: str) -> int | None:
        """Where listening began; for who came and went, their last joining."""
        if who in self.members[room]:
            return min((line.seq for line in self.began[who, room]), default=None)
        return max(self.joins(who, room), default=None)

    # --- one method for each `f` that is put in order

    def _take_room(self, line: Line) -> None:
        self.members[line.room].add(line.who)
        self.accounts[line.who] = line.author
        self.usernames[line.body] = line.who
        self.roles[line.who, line.room] = line.role
        if line.role in ("hinted", "glancing"):
            self.channels.add(line.room)
        if line.role == "owner":
            self.owners[line.room] = line.who

    def _take_write(self, line: Line) -> None:
        if line.type == INVOKE:
            self.writes.setdefault(line.key, Write(line))
            return
        write = self.writes[line.key]
        if line.type == OK:
            write.acked = min(write.acked, line.at)
            write.seqs.append(line.seq)
        write.maybe |= line.type == INFO
        write.refused |= line.type == FAIL

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

    def _take_stored(self, line: Line) -> None:
        self._reading[line.who, line.room, line.by, line.f].append(line)

    _take_beside = _take_stored

    def _take_look(self, line: Line) -> None:
        stored, beside = (self._reading.pop((line.who, line.room, line.by, f), []) for f in ("stored", "beside"))
        look = Look(line.by, line.seq, line.read, line.unread, line.mentioned, stored, beside)
        self.looks[line.who, line.room].append(look)

    def _take_spread(self, line: Line) -> None:
        self.spread[line.by] = line.seq
