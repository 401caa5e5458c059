"""The register in Redis: few round trips, however many users."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from redis import RedisError

from accounts.errors import UnavailableError
from accounts.redis_client import redis_client
from messaging.presence.register import Attendances, together
from messaging.protocol import Attendance

SEEN_DAYS = 90
# In one command: what packs in two milliseconds.
USERS_AT_ONCE = 1_000
WORKERS = "parley:presence:workers"
SEEN = "parley:presence:seen"


class RedisRegister:
    """A set of users for each worker and one of those among them who are away, which expire with its lease; and one
    sorted set of when who was seen."""

    async def note(self, worker: str, now: Attendances, went: Collection[UUID], lease: float) -> None:
        here, away = _at(worker), _away(worker)
        still, back = _who(now, "away"), _who(now, "online")
        steps = [*_adding(here, now), *_adding(away, still), *_removing(away, [*back, *went]), *_removing(here, went)]
        await _run([*steps, *_keeping(worker, lease), *_seeing(now, went)])

    async def renew(self, worker: str, users: Attendances, lease: float) -> None:
        """The numbers tell whether the sets are still ours: they change by `note` only, each user once.

        When they were seen goes in several trips: packing it all at once would hold up the event loop.
        """
        here, away, still = _at(worker), _away(worker), _who(users, "away")
        *_, known, known_away = await _run([*_keeping(worker, lease), ("SCARD", here), ("SCARD", away)])
        if (known, known_away) != (len(users), len(still)):
            again = [("DEL", here, away), *_adding(here, users), *_adding(away, still)]
            await _run([*again, *_keeping(worker, lease)])
        for seeing in _seeing(users):
            await _run([seeing])
        await self._let_go()

    async def drop(self, worker: str, users: Collection[UUID]) -> None:
        await _run([("DEL", _at(worker), _away(worker)), ("SREM", WORKERS, worker), *_seeing(users)])

    async def attendance(self, users: Sequence[UUID]) -> dict[UUID, Attendance]:
        (workers,) = await _run([("SMEMBERS", WORKERS)])
        chunks = [(worker, chunk) for worker in workers for chunk in _in_chunks(users)]
        asks = [
            ("SMISMEMBER", key, *map(_text, chunk)) for worker, chunk in chunks for key in (_at(worker), _away(worker))
        ]
        answers = await _run(asks) if asks else []
        return together(
            _told(chunk, here, away) for (_, chunk), here, away in zip(chunks, answers[::2], answers[1::2], strict=True)
        )

    async def seen(self, users: Sequence[UUID]) -> dict[UUID, float]:
        asks = [("ZMSCORE", SEEN, *map(_text, chunk)) for chunk in _in_chunks(users)]
        times = [at for answer in (await _run(asks) if asks else []) for at in answer]
        return {user_id: float(at) for user_id, at in zip(users, times, strict=True) if at is not None}

    async def _let_go(self) -> None:
        """Of workers whose lease ran out, and of whom nobody saw for long. One that still lives notes itself again."""
        (workers, _) = await _run([("SMEMBERS", WORKERS), ("ZREMRANGEBYSCORE", SEEN, 0, _long_ago())])
        names = list(workers)
        alive = await _run([("EXISTS", _at(name)) for name in names]) if names else []
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


def _who(users: Attendances, how: Attendance) -> list[UUID]:
    return [user_id for user_id, its in users.items() if its == how]


def _told(users: Iterable[UUID], here: Iterable[int], away: Iterable[int]) -> dict[UUID, Attendance]:
    told = zip(users, here, away, strict=True)
    return {user_id: "away" if is_away else "online" for user_id, is_here, is_away in told if is_here}


def _adding(key: str, users: Collection[UUID]) -> Iterator[Command]:
    yield from (("SADD", key, *map(_text, chunk)) for chunk in _in_chunks(users))


def _removing(key: str, users: Collection[UUID]) -> Iterator[Command]:
    yield from (("SREM", key, *map(_text, chunk)) for chunk in _in_chunks(users))


def _keeping(worker: str, lease: float) -> Iterator[Command]:
    yield "SADD", WORKERS, worker
    yield from (("PEXPIRE", key, round(lease * 1000)) for key in (_at(worker), _away(worker)))


def _seeing(*groups: Collection[UUID]) -> Iterator[Command]:
    now = f"{time.time():.3f}"
    for chunk in (chunk for users in groups for chunk in _in_chunks(users)):
        yield "ZADD", SEEN, "GT", *(word for user_id in chunk for word in (now, _text(user_id)))


def _in_chunks(users: Collection[UUID]) -> Iterator[list[UUID]]:
    rest = iter(users)
    while chunk := list(islice(rest, USERS_AT_ONCE)):
        yield chunk


def _at(worker: str) -> str:
    return f"parley:presence:at:{worker}"


def _away(worker: str) -> str:
    return f"parley:presence:away:{worker}"


def _text(user_id: UUID) -> str:
    return user_id.hex


def _long_ago() -> str:
    return f"{time.time() - SEEN_DAYS * 86_400:.0f}"
