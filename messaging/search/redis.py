"""Between workers and the processes that index: a set in Redis of the conversations that have something new. Each goes
to one process; what is lost with Redis or with a process is found again by whoever sweeps."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from redis import RedisError

from accounts.redis_client import redis_client

KEY = "parley:search:new"
# Where nothing is indexed, nothing stays.
KEPT_SECONDS = 3_600


async def name(conversation_ids: Collection[UUID]) -> Collection[UUID]:
    """Those that Redis did not take."""
    try:
        async with redis_client().pipeline(transaction=False) as pipeline:
            pipeline.sadd(KEY, *(one.hex for one in conversation_ids))
            pipeline.expire(KEY, KEPT_SECONDS)
            await pipeline.execute()
    except RedisError:
        return conversation_ids
    return ()


async def take(count: int) -> list[UUID]:
    """At most so many; none while Redis does not answer."""
    try:
        taken: Any = await redis_client().spop(KEY, count)
    except RedisError:
        return []
    return [UUID(one) for one in taken or ()]
