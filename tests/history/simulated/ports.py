"""What a worker reaches the world through, where it may freeze or die. Everything between two pauses is atomic."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.errors import UnavailableError
from messaging.history.sequencing.ledger import Ledger
from messaging.history.sequencing.ports import HeadRow, Place, Row, Tenure
from tests.history.simulated.world import (
    Replica,
    World,
    put_annotation,
    put_key,
    put_row,
)

PLACE = uuid.UUID(int=1)
STALLS = (0, 1, 2, 2, 3, 8)


class Dies(BaseException):
    """This worker is no more."""


@dataclass
class Pause:
    ticks: int

    def __await__(self) -> Generator[int, None, None]:
        yield self.ticks


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

    async def candidates(self, records: Sequence[tuple[uuid.UUID, bytes]]) -> list[list[int]]:
        await self.passes()
        two = self.world.chance.sample(self.world.replicas, 2)
        found = [set().union(*(replica.keys.get(record, set()) for replica in two)) for _, record in records]
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
