"""The keeper in Redis: each step one script, one round trip, whatever the number of conversations.

A client per event loop. No answer within the timeout is UnavailableError: the step may have been made or not.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from accounts.errors import UnavailableError
from messaging.history.sequencing import scripts
from messaging.history.sequencing.ports import (
    FencedError,
    Place,
    Plan,
    Reserved,
    Row,
    Standing,
    Takeover,
    Tenure,
)

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 1.5
CONNECTIONS_MOST = 64

logger = logging.getLogger(__name__)

_row = msgspec.msgpack.Decoder(Row)


class RedisKeeper:
    """See messaging.history.sequencing.ports.Keeper."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()

    async def identity(self) -> tuple[str, int]:
        run_id, epoch = await self._call(scripts.IDENTITY, None, None)
        return run_id.decode(), int(epoch)

    async def install(self, tenure: Tenure) -> None:
        await self._call(scripts.INSTALL, tenure, None)

    async def takeovers(self, tenure: Tenure, conversations: Sequence[UUID]) -> list[Takeover | None]:
        answers = await self._call(scripts.TAKEOVERS, tenure, [id_.hex for id_ in conversations])
        return [Takeover(answer[0], bool(answer[1]), tuple(answer[2])) if answer else None for answer in answers]

    async def plan(self, tenure: Tenure, plans: dict[UUID, Plan]) -> None:
        ask = [
            (id_.hex, plan.head, plan.base, plan.at, [(seq, _packed(row)) for seq, row in plan.verdicts.items()])
            for id_, plan in plans.items()
        ]
        await self._call(scripts.PLAN, tenure, ask)

    async def open(self, tenure: Tenure, bases: dict[UUID, int]) -> None:
        await self._call(scripts.OPEN, tenure, [(id_.hex, base) for id_, base in bases.items()])

    async def reserve(
        self, tenure: Tenure, wanted: Sequence[tuple[UUID, Sequence[bytes]]], at: int
    ) -> list[Reserved | None]:
        ask = at, [(id_.hex, list(records)) for id_, records in wanted]
        return [_reserved(answer) for answer in await self._call(scripts.RESERVE, tenure, ask)]

    async def settle(
        self, tenure: Tenure, stored: Sequence[tuple[UUID, int, bytes]]
    ) -> tuple[list[bool], dict[UUID, int]]:
        ask = [(id_.hex, seq, record) for id_, seq, record in stored]
        done, heads = await self._call(scripts.SETTLE, tenure, ask)
        return [bool(settled) for settled in done], _heads(heads)

    async def standings(
        self, tenure: Tenure, places: Sequence[Place], patience: float
    ) -> list[tuple[Standing, Row | None]]:
        ask = int(patience * 1000), [(id_.hex, seq) for id_, seq in places]
        answers = await self._call(scripts.STANDINGS, tenure, ask)
        return [(Standing(standing), _unpacked(verdict)) for standing, verdict in answers]

    async def judge(self, tenure: Tenure, verdicts: Sequence[tuple[UUID, int, Row]]) -> list[Row | None]:
        ask = [(id_.hex, seq, _packed(row)) for id_, seq, row in verdicts]
        return [_unpacked(verdict) for verdict in await self._call(scripts.JUDGE, tenure, ask)]

    async def close(self, tenure: Tenure, places: Sequence[Place]) -> dict[UUID, int]:
        return _heads(await self._call(scripts.CLOSE, tenure, [(id_.hex, seq) for id_, seq in places]))

    async def overdue(self, tenure: Tenure, patience: float, most: int) -> list[Place]:
        members = await self._call(scripts.OVERDUE, tenure, (int(patience * 1000), most))
        return [(UUID(id_), int(seq)) for id_, seq in (member.decode().split(":") for member in members)]

    async def heads(self, tenure: Tenure, conversations: Sequence[UUID]) -> list[int | None]:
        answers = await self._call(scripts.HEADS, tenure, [id_.hex for id_ in conversations])
        return [head if head >= 0 else None for head in answers]

    async def forget(self, conversations: Sequence[UUID]) -> None:
        await self._call(scripts.FORGET, None, [id_.hex for id_ in conversations])

    async def _call(self, script: str, tenure: Tenure | None, ask: Any) -> Any:
        arguments = (tenure.epoch, tenure.run_id) if tenure else (0, "")
        try:
            return await self._run(script, *arguments, msgspec.json.encode(ask))
        except ResponseError as error:
            if str(error).startswith("FENCED"):
                raise FencedError from None
            logger.exception("a script failed in Redis")
            raise UnavailableError from error
        except (RedisError, OSError, TimeoutError) as error:
            raise UnavailableError from error

    async def _run(self, script: str, *arguments: str | int | bytes) -> Any:
        client = self._client()
        try:
            return await client.evalsha(_name(script), 0, *arguments)
        except NoScriptError:
            # Nothing has run: this Redis has not been told the script yet.
            await client.script_load(script)
            return await client.evalsha(_name(script), 0, *arguments)

    def _client(self) -> Redis:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = Redis.from_url(
                self._url,
                socket_timeout=ANSWER_SECONDS,
                socket_connect_timeout=CONNECT_SECONDS,
                retry=Retry(NoBackoff(), 0),
                max_connections=CONNECTIONS_MOST,
            )
        return client

    async def rest(self) -> None:
        """Let go of this event loop's connections."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client:
            await client.aclose()


@cache
def _name(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


def _packed(row: Row) -> str:
    """The first letter tells the scripts whether it is a void."""
    return ("v" if row.is_void else "k") + b64encode(msgspec.msgpack.encode(row)).decode()


def _unpacked(answer: Any) -> Row | None:
    return _row.decode(b64decode(answer[1:])) if answer else None


def _reserved(answer: Any) -> Reserved | None:
    if not answer:
        return None
    at, flat = answer
    return Reserved(at, [(flat[n], Standing(flat[n + 1])) for n in range(0, len(flat), 2)])


def _heads(flat: Sequence[Any]) -> dict[UUID, int]:
    return {UUID(flat[n].decode()): flat[n + 1] for n in range(0, len(flat), 2)}
