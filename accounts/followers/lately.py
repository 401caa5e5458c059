"""Who wrote lately, and so reads from the primary: remembered for longer than any follower in use may trail.

In Redis for all workers when there is one. While it does not answer, everybody counts as having written.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from redis import RedisError

from accounts.followers.watching import TRAIL_SECONDS
from accounts.redis_client import blocking_redis

LATELY_SECONDS = TRAIL_SECONDS + 1.0
USERS_MOST = 10_000

logger = logging.getLogger(__name__)

_here: dict[UUID, float] = {}


def note_writes(user_ids: Collection[UUID]) -> None:
    """What concerns these users was written; called once it is committed and before anybody is told."""
    if not settings.FOLLOWERS or not user_ids:
        return
    _remember(user_ids)
    if not settings.REDIS_URL:
        return
    try:
        with blocking_redis().pipeline(transaction=False) as pipeline:
            for user_id in user_ids:
                pipeline.set(_name(user_id), 1, px=round(LATELY_SECONDS * 1000))
            pipeline.execute()
    except RedisError as error:
        logger.warning("other workers cannot be told who wrote: %s", error)


def wrote_lately(user_id: UUID) -> bool:
    if _here.get(user_id, 0.0) > time.monotonic():
        return True
    if not settings.REDIS_URL:
        return False
    try:
        return bool(blocking_redis().exists(_name(user_id)))
    except RedisError:
        return True


def _remember(user_ids: Collection[UUID]) -> None:
    now = time.monotonic()
    if len(_here) > USERS_MOST:
        for user_id, until in list(_here.items()):
            if until < now:
                _here.pop(user_id, None)
    _here.update(dict.fromkeys(user_ids, now + LATELY_SECONDS))


def _name(user_id: UUID) -> str:
    return f"parley:wrote:{user_id.hex}"
