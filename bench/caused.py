"""The row of everything that a message causes: beside its way to everybody, what those who get it mark as read, the
hints to those who look elsewhere, and its place in the search index, which another process makes."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.client import Room, Seat
from bench.contenders import Parley
from bench.idle import RawSocket
from bench.rounds import Figures, Round, ending
from bench.search import LOGS, bodies

SECONDS = 2.0
WARM_SECONDS = 0.5
IDLE_SECONDS = 0.8
PER_SECOND = 200
# Of a channel, of whose members so many are connected and nobody looks at it: one message in so many.
ELSEWHERE = 100
EVERY_POST = 25
MARK_PAUSE_SECONDS = 0.25
BODY_CHARACTERS = 200
START_SECONDS = 20.0
QUIET_SECONDS = 0.8
OPENING_AT_ONCE = 16


class Member:
    """Marks what comes a moment later, the last of several only, once it is asked to."""

    def __init__(self, socket: RawSocket, group: str) -> None:
        self.socket, self.group = socket, group
        self.marks = False
        self._seq = 0
        self._marking: asyncio.TimerHandle | None = None
        socket.told = self._take

    def _take(self, text: bytes) -> None:
        if self.marks and text.startswith(b'{"type":"message.sent"'):
            self._seq = max(self._seq, json.loads(text)["seq"])
            self._marking = self._marking or asyncio.get_running_loop().call_later(MARK_PAUSE_SECONDS, self._mark)

    def _mark(self) -> None:
        self._marking = None
        self.socket.say(type="read.mark", conversation_id=self.group, seq=self._seq)


class Cost:
    """Microseconds of a process, but for those that it takes when nothing happens."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._idle = 0.0
        self._before, self._at = cpu_micros(pid), time.monotonic()

    def take(self) -> float:
        """Since the last call."""
        now, at = cpu_micros(self._pid), time.monotonic()
        taken = now - self._before - self._idle * (at - self._at)
        self._before, self._at = now, at
        return taken

    def take_idle(self) -> None:
        """Nothing happened since the last call."""
        self._idle, began = 0.0, self._at
        self._idle = self.take() / (self._at - began)


def caused(this: Round) -> Figures:
    """20 conversations of 10 at PER_SECOND: first nobody marks anything, then everybody does, and one message in
    EVERY_POST goes to a channel that nobody shows."""
    with ending(this.parley()) as parley:
        return asyncio.run(_measure(parley))


async def _measure(parley: Parley) -> Figures:
    [crowd] = parley.rooms("crowd")
    members = [Member(*item) for item in await _open(parley.rooms("beside"))]
    elsewhere = await _open([Room(crowd.name, crowd.seats[:ELSEWHERE])])
    speakers = list({member.group: member for member in reversed(members)}.values())
    texts = itertools.cycle(text[:BODY_CHARACTERS] for log in LOGS for text in bodies(log))
    index = await asyncio.to_thread(index_process, parley.process.pid)
    costs = Cost(parley.process.pid), Cost(index)
    await _talk(itertools.cycle((one.socket, one.group) for one in speakers), texts, WARM_SECONDS)
    await _quiet(index)
    for cost in costs:
        cost.take()
    await asyncio.sleep(IDLE_SECONDS)
    for cost in costs:
        cost.take_idle()
    sent = await _talk(itertools.cycle((one.socket, one.group) for one in speakers), texts, SECONDS)
    alone = costs[0].take() / sent
    await _quiet(index)
    for member in members:
        member.marks = True
    for cost in costs:
        cost.take()
    sent = await _talk(_with_posts(speakers, elsewhere[0]), texts, SECONDS)
    worker = costs[0].take() / sent
    await _quiet(index)
    indexing = costs[1].take() / sent
    return {
        "caused alone us": alone,
        "caused marks hints us": worker - alone,
        "caused index us": indexing,
        "caused all us": worker + indexing,
        "caused vs alone": (worker + indexing) / alone,
    }


def _with_posts(speakers: list[Member], owner: tuple[RawSocket, str]) -> Iterator[tuple[RawSocket, str]]:
    for number in itertools.count(1):
        one = speakers[number % len(speakers)]
        yield owner if number % EVERY_POST == 0 else (one.socket, one.group)


async def _talk(places: Iterator[tuple[RawSocket, str]], texts: Iterator[str], seconds: float) -> int:
    """How many messages were sent."""
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        while sent < passed * PER_SECOND:
            socket, group = next(places)
            socket.say(type="message.send", key=str(uuid.uuid4()), conversation_id=group, body=next(texts))
            sent += 1
        await asyncio.sleep(1 / PER_SECOND)
    await asyncio.sleep(2 * MARK_PAUSE_SECONDS)  # for the last marks
    return sent


async def _open(rooms: Iterable[Room]) -> list[tuple[RawSocket, str]]:
    at_once = asyncio.Semaphore(OPENING_AT_ONCE)

    async def one(seat: Seat, room: Room) -> tuple[RawSocket, str]:
        async with at_once:
            socket = await RawSocket.open(seat.port, seat.ticket)
            await socket.hears(b'"more":false}')
            return socket, room.name

    return await asyncio.gather(*(one(seat, room) for room in rooms for seat in room.seats))


def index_process(worker: int) -> int:
    """The worker's child that indexes, once it is there."""
    until = time.monotonic() + START_SECONDS
    while True:
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(status.read_text().rpartition(")")[2].split()[1])
                words = (status.parent / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if parent == worker and b"index" in words:
                return int(status.parent.name)
        if time.monotonic() > until:
            raise RuntimeError("no process indexes")
        time.sleep(0.1)  # polls a process that cannot call back


async def _quiet(pid: int) -> None:
    """Until it has nothing to do; sweeping costs it less than this finds."""
    before = -1.0
    until = time.monotonic() + START_SECONDS
    while (now := cpu_micros(pid)) > before + 20_000 and time.monotonic() < until:
        before = now
        await asyncio.sleep(QUIET_SECONDS)


def cpu_micros(pid: int) -> float:
    """Of all its threads, finer than the kernel's ticks."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e3
