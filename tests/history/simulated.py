"""A world for the numbering code: three replicas with late and partial writes, Redis that is wiped or fails over to a
lagging copy while the old one may live on, workers that freeze and die, answers that get lost, clients that retry on
any worker. One conversation. Time is logical; everything between two pauses is atomic.
"""

from __future__ import annotations

import copy
import dataclasses
import heapq
import random
import uuid
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.errors import UnavailableError
from messaging.history.sequencing.lease import Lease, Times
from messaging.history.sequencing.ledger import Ledger
from messaging.history.sequencing.ports import HeadRow, Moment, Place, Row, Tenure
from messaging.history.sequencing.sequencer import Proposal, Sequencer
from messaging.history.sequencing.settling import Settler
from messaging.history.sequencing.takeover import Takeovers

PLACE = uuid.UUID(int=1)
NOBODY = uuid.UUID(int=0)
TIMES = Times(lease=12, deadline=25, margin=3)
QUORUM = 2
STALLS = (0, 1, 2, 2, 3, 8)


class BrokenPromise(Exception):
    """What a user would call a bug."""


class Dies(BaseException):
    """This worker is no more."""


@dataclass
class Pause:
    ticks: int

    def __await__(self) -> Generator[int, None, None]:
        yield self.ticks


@dataclass
class Rules:
    """The code under test; a negative control replaces one part."""

    ledger: type[Ledger] = Ledger
    lease: type[Lease] = Lease
    settler: type[Settler] = Settler
    takeovers: type[Takeovers] = Takeovers
    sequencer: type[Sequencer] = Sequencer
    one_run_id: bool = False
    keys_with_settlements: bool = True
    freezes_often: bool = False
    with_targets: bool = False
    with_moments: bool = False


@dataclass
class Replica:
    rows: dict[int, tuple[int, Row]] = field(default_factory=dict)
    keys: dict[bytes, set[int]] = field(default_factory=dict)
    bases: dict[int, int] = field(default_factory=dict)
    head: int = 0
    annotation: tuple[int, bytes] = (0, b"")


class World:
    def __init__(self, seed: int, rules: Rules) -> None:
        self.chance = random.Random(seed)
        self.rules = rules
        self.ticks = 0
        self.replicas = [Replica() for _ in range(3)]
        self.late: list[tuple[int, float, Callable[[Replica], None], Replica]] = []
        self.epoch: Tenure | None = None
        self.redises: list[Ledger] = []
        self.down: set[int] = set()
        self.copy: tuple[int, Ledger] | None = None
        self.new_redis()
        self.acked: dict[bytes, int] = {}
        self.seen: dict[int, bytes] = {}
        self.voids = 0
        self.calm = False

    def new_redis(self, ledger: Ledger | None = None) -> None:
        ledger = ledger or self.rules.ledger(lambda: self.ticks)
        ledger.run_id = "the only" if self.rules.one_run_id else f"run {len(self.redises)}"
        self.redises.append(ledger)

    # -- the store

    def write(self, put: Callable[[Replica], None]) -> bool:
        """Some replicas now, some late, some never; whether a quorum has it now."""
        order = self.chance.sample(self.replicas, 3)
        now = 3 if self.calm else self.chance.choice([0, 1, 2, 2, 3, 3, 3])
        for replica in order[:now]:
            put(replica)
        for replica in order[now:]:
            if self.chance.random() < 0.7:
                due = self.ticks + self.chance.choice([1, 5, 30, 100, 300])
                heapq.heappush(self.late, (due, self.chance.random(), put, replica))
        return now >= QUORUM

    def deliver(self) -> None:
        """The writes that come late."""
        while self.late and self.late[0][0] <= self.ticks:
            _, _, put, replica = heapq.heappop(self.late)
            put(replica)

    def read(self, above: int, up_to: int = 10**9) -> dict[int, Row]:
        """At quorum, with repair."""
        two = self.chance.sample(self.replicas, 2)
        found = {}
        for seq in set().union(*(replica.rows for replica in two)):
            if above < seq <= up_to:
                timestamp, row = max(
                    (replica.rows[seq] for replica in two if seq in replica.rows),
                    key=lambda cell: (cell[0], cell[1].content),
                )
                for replica in two:
                    put_row(replica, seq, timestamp, row)
                found[seq] = row
        return found

    # -- what users see

    def look(self, head: int) -> None:
        rows = self.read(0, head)
        for seq in range(1, head + 1):
            if seq not in rows:
                raise BrokenPromise(f"a hole at {seq} below the head {head}")
            content = rows[seq].content
            if self.seen.setdefault(seq, content) != content:
                raise BrokenPromise(f"{seq} changed from {self.seen[seq]!r} to {content!r}")

    def ack(self, record: bytes, seq: int, row: Row) -> None:
        if row.content != record:
            raise BrokenPromise(f"{record!r} was answered with {row.content!r}")
        if self.acked.setdefault(record, seq) != seq:
            raise BrokenPromise(f"{record!r} acknowledged at {self.acked[record]} and {seq}")
        if sum(other == seq for other in self.acked.values()) > 1:
            raise BrokenPromise(f"{seq} acknowledged twice")

    def check_the_end(self) -> None:
        self.ticks += 1000
        self.deliver()
        for _ in range(3):
            rows = self.read(0)
            for record, seq in self.acked.items():
                if seq not in rows or rows[seq].content != record:
                    raise BrokenPromise(f"{record!r} acknowledged at {seq} is lost: {rows.get(seq)}")
            for seq, content in self.seen.items():
                if rows[seq].content != content:
                    raise BrokenPromise(f"{seq} was seen as {content!r} and is {rows[seq].content!r}")
        counts = max(replica.annotation for replica in self.chance.sample(self.replicas, 2))
        last = max(
            ((seq, content) for seq, content in self.seen.items() if target_of(self.rules, content)), default=(0, b"")
        )
        if counts != last:
            raise BrokenPromise(f"the target was last changed by {last} and shows {counts}")
        shown = [content for content in self.seen.values() if not content.startswith(b"void")]
        if len(shown) != len(set(shown)):
            raise BrokenPromise(f"shown twice: {sorted(shown)}")


def target_of(rules: Rules, record: bytes) -> int:
    """Some changes concern another: which one does not matter here, so they all concern the same."""
    return int(rules.with_targets and record[-1] % 3 == 0 and not record.startswith(b"void"))


def put_annotation(replica: Replica, seq: int, content: bytes) -> None:
    replica.annotation = max(replica.annotation, (seq, content))


def put_row(replica: Replica, seq: int, timestamp: int, row: Row) -> None:
    old = replica.rows.get(seq)
    if old is None or (timestamp, row.content) > (old[0], old[1].content):
        replica.rows[seq] = timestamp, row


def put_key(replica: Replica, record: bytes, seq: int) -> None:
    replica.keys.setdefault(record, set()).add(seq)


class WorldClock:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        return self._world.ticks

    def time(self) -> int:
        return self._world.ticks


class Port:
    """What a worker reaches the world through: takes time, now and then a lot of it or all of it."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def passes(self) -> None:
        world = self.world
        if world.calm:
            return
        chance = world.chance.random()
        often = world.rules.freezes_often
        if chance < 0.015:
            raise Dies
        if chance < (0.15 if often else 0.04):
            await Pause(120 if often else 40)
        else:
            await Pause(STALLS[int(world.chance.random() * len(STALLS))])


class WorldRows(Port):
    async def epoch(self) -> Tenure | None:
        await self.passes()
        return self.world.epoch

    async def raise_epoch(self, old: Tenure | None, new: Tenure) -> bool:
        await self.passes()
        if self.world.epoch != old:
            return False
        self.world.epoch = new
        if not self.world.calm and self.world.chance.random() < 0.2:
            raise UnavailableError
        return True

    async def heads(self, conversations: Sequence[uuid.UUID]) -> list[HeadRow]:
        await self.passes()
        two = self.world.chance.sample(self.world.replicas, 2)
        head, bases = max(replica.head for replica in two), {}
        for replica in two:
            bases |= replica.bases
        for replica in two:
            replica.head = head
            replica.bases |= bases
        return [HeadRow(head, 0, bases)]

    async def above(self, places: Sequence[Place]) -> list[dict[int, Row]]:
        await self.passes()
        rows = self.world.read(places[0][1])
        await self.passes()
        return [rows]

    async def read(self, places: Sequence[Place]) -> list[Row | None]:
        await self.passes()
        rows = self.world.read(0)
        await self.passes()
        return [rows.get(seq) for _, seq in places]

    async def write(self, rows: Sequence[tuple[uuid.UUID, int, Row]], timestamp: int) -> list[bool]:
        await self.passes()
        done = [self._write(seq, row, timestamp) for _, seq, row in rows]
        await self.passes()
        return done

    def _write(self, seq: int, row: Row, timestamp: int) -> bool:
        stored = self.world.write(lambda replica: put_row(replica, seq, timestamp, row))
        if row.is_void or (timestamp % 2 and not self.world.rules.keys_with_settlements):
            return stored
        found = self.world.write(lambda replica: put_key(replica, row.record, seq))
        return stored and found

    async def follow(self, rows: Sequence[tuple[uuid.UUID, int, Row]]) -> list[bool]:
        await self.passes()
        done = [self._follow(seq, row.content) for _, seq, row in rows]
        await self.passes()
        return done

    def _follow(self, seq: int, content: bytes) -> bool:
        return self.world.write(lambda replica: put_annotation(replica, seq, content))

    async def write_bases(self, bases: dict[uuid.UUID, int], epoch: int) -> bool:
        await self.passes()

        def put(replica: Replica) -> None:
            replica.bases[epoch] = bases[PLACE]

        return self.world.write(put)

    async def candidates(self, records: Sequence[bytes]) -> list[list[int]]:
        await self.passes()
        two = self.world.chance.sample(self.world.replicas, 2)
        found = [set().union(*(replica.keys.get(record, set()) for replica in two)) for record in records]
        await self.passes()
        return [sorted(seqs) for seqs in found]

    def note_heads(self, heads: dict[uuid.UUID, int]) -> None:
        for head in heads.values():
            for replica in self.world.replicas:
                if self.world.chance.random() < 0.6:
                    replica.head = max(replica.head, head)


class WorldKeeper(Port):
    """Mostly the Redis that is live; sometimes, in a partition, the one before."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._redis = len(world.redises) - 1

    def __getattr__(self, step: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def call(*arguments: Any) -> Any:
            await self.passes()
            answer = getattr(self._connected(step), step)(*arguments)
            if not self.world.calm and self.world.chance.random() < 0.03:
                raise UnavailableError
            if step in ("reserve", "settle", "judge"):
                await self.passes()
            return answer

        return call

    def _connected(self, step: str) -> Ledger:
        world = self.world
        live = len(world.redises) - 1
        if self._redis in world.down or world.calm or world.chance.random() < 0.04:
            self._redis = live if world.calm or live == 0 or world.chance.random() < 0.8 else live - 1
        if self._redis in world.down:
            raise UnavailableError
        return world.redises[self._redis]


def new_worker(world: World) -> Sequencer:
    """A worker process that just started."""

    def make_void(conversation_id: uuid.UUID, seq: int, epoch: int) -> Row:
        world.voids += 1
        return Row(epoch, b"", NOBODY, False, 0, b"void %d" % world.voids)

    rules, rows, keeper, clock = world.rules, WorldRows(world), WorldKeeper(world), WorldClock(world)
    worker = rules.sequencer(keeper, rows, clock, make_void, TIMES)
    worker.lease = rules.lease(keeper, rows, clock, TIMES)
    worker._settler = rules.settler(keeper, rows, clock, TIMES, worker.lease, make_void)
    worker._takeovers = rules.takeovers(keeper, rows, worker._settler, make_void)
    return worker


def proposal(world: World, record: bytes, not_before: Moment | None = None) -> Proposal:
    target = target_of(world.rules, record)

    def make(seq: int, at: int, epoch: int) -> Row:
        return Row(epoch, record, NOBODY, True, at, record, target)

    return Proposal(PLACE, record, make, not_before)


def moment(world: World, workers: list[Sequencer]) -> Moment | None:
    """When a record is first thought of, as some worker sees it; not everybody asks."""
    if not world.rules.with_moments or world.chance.random() < 0.3:
        return None
    return world.chance.choice(workers).moment()


async def client(world: World, name: str, workers: list[Sequencer]) -> None:
    """Sends several messages, some of them together, each until it is acknowledged or patience ends."""
    mine = world.chance.randrange(len(workers))
    for turn in range(world.chance.randint(2, 4)):
        waiting = [f"{name}{turn}.{number}".encode() for number in range(world.chance.choice([1, 1, 1, 2, 3]))]
        since = {record: moment(world, workers) for record in waiting}
        for _ in range(14):
            await Pause(world.chance.choice([1, 2, 5, 10]))
            if world.chance.random() < 0.2:
                mine = world.chance.randrange(len(workers))
            try:
                outcomes = await workers[mine].store([proposal(world, record, since[record]) for record in waiting])
            except UnavailableError:
                continue
            except Dies:
                workers[mine] = new_worker(world)
                continue
            for record, outcome in zip(list(waiting), outcomes, strict=True):
                if outcome:
                    world.ack(record, outcome.seq, outcome.row)
                    waiting.remove(record)
            if not waiting:
                break


async def sweeper(world: World, workers: list[Sequencer]) -> None:
    for _ in range(50):
        await Pause(world.chance.choice([3, 5, 9]))
        await sweep(world, workers)


async def sweep(world: World, workers: list[Sequencer]) -> None:
    index = world.chance.randrange(len(workers))
    try:
        await workers[index].sweep()
    except UnavailableError:
        pass
    except Dies:
        workers[index] = new_worker(world)


async def reader(world: World, workers: list[Sequencer]) -> None:
    for _ in range(40):
        await Pause(world.chance.choice([2, 5, 9]))
        index = world.chance.randrange(len(workers))
        try:
            [head] = await workers[index].heads([PLACE])
        except UnavailableError:
            continue
        except Dies:
            workers[index] = new_worker(world)
            continue
        world.look(head or max(replica.head for replica in world.replicas))


async def chaos(world: World) -> None:
    """Redis is flushed, or comes back empty, or a lagging copy takes over while the old one may live on for some."""
    for _ in range(world.chance.randint(0, 3)):
        await Pause(world.chance.choice([20, 60, 100]))
        live = len(world.redises) - 1
        if world.chance.random() < 0.2:
            world.redises[live].epoch = 0
            world.redises[live].forget([PLACE])
            continue
        if world.chance.random() < 0.33:
            world.down.add(live)
            world.new_redis()
            continue
        world.new_redis(fork(world.copy[1]) if world.copy and world.copy[0] == live else None)
        if world.chance.random() < 0.5:
            world.down.add(live)


async def replication(world: World) -> None:
    while True:
        await Pause(world.chance.choice([10, 30]))
        live = len(world.redises) - 1
        world.copy = live, fork(world.redises[live])


def fork(ledger: Ledger) -> Ledger:
    twin = copy.copy(ledger)
    twin._conversations = {}
    for place, kept in ledger._conversations.items():
        pending = {seq: copy.copy(number) for seq, number in kept.pending.items()}
        twin._conversations[place] = dataclasses.replace(kept, pending=pending, records=dict(kept.records))
    return twin


async def healing(world: World, workers: list[Sequencer]) -> None:
    """No more faults: a new message must get through, and whoever retries gets an answer."""
    for _ in range(60):
        await Pause(5)
        await sweep(world, workers)
        try:
            [outcome] = await workers[0].store([proposal(world, b"last")])
            [head] = await workers[0].heads([PLACE])
        except UnavailableError:
            continue
        if outcome:
            world.ack(b"last", outcome.seq, outcome.row)
            if head and head >= outcome.seq:
                world.look(head)
                return
    raise BrokenPromise("nothing gets through after the faults are over")


def run_tasks(
    world: World, tasks: list[Coroutine[Any, Any, None]], background: list[Coroutine[Any, Any, None]]
) -> None:
    """Until the tasks are done; what is due at once runs in any order."""
    waiting = [(world.ticks, world.chance.random(), task) for task in tasks + background]
    heapq.heapify(waiting)
    unfinished = len(tasks)
    foreground = set(map(id, tasks))
    while unfinished:
        due, _, task = heapq.heappop(waiting)
        world.ticks = max(world.ticks, due)
        world.deliver()
        try:
            pause = task.send(None)
            heapq.heappush(waiting, (world.ticks + pause, world.chance.random(), task))
        except StopIteration:
            unfinished -= id(task) in foreground
    for _, _, task in waiting:
        task.close()


def live_once(seed: int, rules: Rules) -> World:
    """One random life. Raises BrokenPromise."""
    world = World(seed, rules)
    workers = [new_worker(world) for _ in range(world.chance.randint(2, 4))]
    clients = [client(world, chr(97 + number), workers) for number in range(world.chance.randint(2, 4))]
    background = [sweeper(world, workers), reader(world, workers), chaos(world), replication(world)]
    run_tasks(world, clients, background)
    world.calm = True
    workers[:] = [new_worker(world)] if world.chance.random() < 0.5 else workers
    run_tasks(world, [healing(world, workers)], [])
    world.check_the_end()
    return world
