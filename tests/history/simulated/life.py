"""One random life: workers freeze and die, answers get lost, clients retry on any worker."""

from __future__ import annotations

import copy
import dataclasses
import heapq
import uuid
from collections.abc import Coroutine
from typing import Any

from accounts.errors import UnavailableError
from messaging.history.sequencing.lease import Times
from messaging.history.sequencing.ledger import Ledger
from messaging.history.sequencing.ports import Moment, Row
from messaging.history.sequencing.sequencer import Proposal, Sequencer
from tests.history.simulated.ports import PLACE, Dies, Pause, WorldClock, WorldKeeper, WorldRows
from tests.history.simulated.world import (
    BrokenPromise,
    Rules,
    World,
    target_of,
)

NOBODY = uuid.UUID(int=0)
TIMES = Times(lease=12, deadline=25, margin=3)


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


async def renewer(world: World, workers: list[Sequencer]) -> None:
    """Each worker's lease is read again while it is in use, as it may be several times at once."""
    for _ in range(60):
        await Pause(world.chance.choice([1, 2, 5]))
        index = world.chance.randrange(len(workers))
        try:
            await workers[index].lease.renew()
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
    if rules.with_renewals:
        background += [renewer(world, workers), renewer(world, workers)]
    run_tasks(world, clients, background)
    world.calm = True
    workers[:] = [new_worker(world)] if world.chance.random() < 0.5 else workers
    run_tasks(world, [healing(world, workers)], [])
    world.check_the_end()
    return world
