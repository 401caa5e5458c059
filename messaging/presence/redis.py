"""The register in Redis: few round trips, however many users."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from redis import RedisError

from accounts.errors import UnavailableError
from accounts.redis_client import redis_client

SEEN_DAYS = 90
# In one command: what packs in two milliseconds.
USERS_AT_ONCE = 1_000
WORKERS = "parley:presence:workers"
SEEN = "parley:presence:seen"


class RedisRegister:
    """A set of users for each worker, which expires with its lease, and one sorted set of when who was seen."""

    async def note(self, worker: str, came: Collection[UUID], went: Collection[UUID], lease: float) -> None:
        await _run([*_adding(worker, came), *_removing(worker, went), *_keeping(worker, lease), *_seeing(came, went)])

    async def renew(self, worker: str, users: Collection[UUID], lease: float) -> None:
        """The number tells whether the set is still ours: users come and go by `note` only, each once.

        When they were seen goes in several trips: packing it all at once would hold up the event loop.
        """
        *_, known = await _run([*_keeping(worker, lease), ("SCARD", _of(worker))])
        if known != len(users):
            await _run([("DEL", _of(worker)), *_adding(worker, users), *_keeping(worker, lease)])
        for seeing in _seeing(users):
            await _run([seeing])
        await self._let_go()

    async def drop(self, worker: str, users: Collection[UUID]) -> None:
        await _run([("DEL", _of(worker)), ("SREM", WORKERS, worker), *_seeing(users)])

    async def online(self, users: Sequence[UUID]) -> set[UUID]:
        (workers,) = await _run([("SMEMBERS", WORKERS)])
        chunks = [chunk for _ in workers for chunk in _in_chunks(users)]
        asks = [("SMISMEMBER", _of(worker), *map(_text, chunk)) for worker in workers for chunk in _in_chunks(users)]
        answers = await _run(asks) if asks else []
        return {
            user_id
            for chunk, answer in zip(chunks, answers, strict=True)
            for user_id, there in zip(chunk, answer, strict=True)
            if there
        }

    async def seen(self, users: Sequence[UUID]) -> dict[UUID, float]:
        asks = [("ZMSCORE", SEEN, *map(_text, chunk)) for chunk in _in_chunks(users)]
        times = [at for answer in (await _run(asks) if asks else []) for at in answer]
        return {user_id: float(at) for user_id, at in zip(users, times, strict=True) if at is not None}

    async def _let_go(self) -> None:
        """Of workers whose lease ran out, and of whom nobody saw for long. One that still lives notes itself again."""
        (workers, _) = await _run([("SMEMBERS", WORKERS), ("ZREMRANGEBYSCORE", SEEN, 0, _long_ago())])
        names = list(workers)
        alive = await _run([("EXISTS", _of(name)) for name in names]) if names else []
        if gone := [name for name, is_there in zip(names, alive, strict=True) if not is_there]:
            await _run([("SREM", WORKERS, *gone)])


Command = tuple[Any, ...]


async def _run(commands: Sequence[Command]) -> list[Any]:
    """All in one round trip."""
    try:
        async with redis_client().pipeline(transaction=True) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            return list(await pipeline.execute())
    except RedisError as error:
        raise UnavailableError from error


def _adding(worker: str, users: Collection[UUID]) -> Iterator[Command]:
    yield from (("SADD", _of(worker), *map(_text, chunk)) for chunk in _in_chunks(users))


def _removing(worker: str, users: Collection[UUID]) -> Iterator[Command]:
    yield from (("SREM", _of(worker), *map(_text, chunk)) for chunk in _in_chunks(users))


def _keeping(worker: str, lease: float) -> Iterator[Command]:
    yield "SADD", WORKERS, worker
    yield "PEXPIRE", _of(worker), round(lease * 1000)


def _seeing(*groups: Collection[UUID]) -> Iterator[Command]:
    now = f"{time.time():.3f}"
    for chunk in (chunk for users in groups for chunk in _in_chunks(users)):
        yield "ZADD", SEEN, "GT", *(word for user_id in chunk for word in (now, _text(user_id)))


def _in_chunks(users: Collection[UUID]) -> Iterator[list[UUID]]:
    rest = iter(users)
    while chunk := list(islice(rest, USERS_AT_ONCE)):
        yield chunk


def _of(worker: str) -> str:
    return f"parley:presence:at:{worker}"


def _text(user_id: UUID) -> str:
    return user_id.hex


def _long_ago() -> str:
    return f"{time.time() - SEEN_DAYS * 86_400:.0f}"
