"""Who posted last when, where members wait between two messages. Only conversations in slow mode ask here.

With several workers Redis decides, in one step for all of them; while it is away each worker goes by what it has let
through itself. A restart of the only worker, or of Redis, forgets: then one message may come too soon.
"""

from __future__ import annotations

import logging
import time
from uuid import UUID

from django.conf import settings
from redis import RedisError

from accounts.redis_client import redis_client
from groups.models import SLOWNESSES

SLOWEST_SECONDS = max(SLOWNESSES)
KNOWN_MOST = 50_000

# A hash of the key and the time, in milliseconds, of a member's last message. Answers how long they have to wait for
# another one; zero when it is theirs to post, which is noted, or when it is the one that was noted.
TAKE = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local last = redis.call('HMGET', KEYS[1], 'key', 'at')
if last[1] == ARGV[1] then return 0 end
local wait = last[2] and last[2] + ARGV[2] - now or 0
if wait > 0 then return wait end
redis.call('HSET', KEYS[1], 'key', ARGV[1], 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0
"""

logger = logging.getLogger(__name__)

# A conversation and a member of it.
Place = tuple[UUID, UUID]


# What this process let through.
_last: dict[Place, tuple[UUID, float]] = {}


async def take_turn(place: Place, key: UUID, seconds: int) -> float:
    """Zero when the message `key` may be posted now, which is noted, else the seconds until then. Another try of the
    one that was noted waits for nothing."""
    if not settings.REDIS_URL:
        return _take_own(place, key, seconds)
    try:
        wait = await _take_shared(place, key, seconds)
    except RedisError as error:
        logger.warning("slow mode goes by this worker alone: %s", error)
        return _take_own(place, key, seconds)
    if not wait:
        _note(place, key)
    return wait


async def _take_shared(place: Place, key: UUID, seconds: int) -> float:
    name = f"parley:slow:{place[0].hex}:{place[1].hex}"
    wait = await redis_client().eval(TAKE, 1, name, key.hex, seconds * 1_000, SLOWEST_SECONDS * 1_000)
    return int(wait) / 1_000


def _take_own(place: Place, key: UUID, seconds: int) -> float:
    last_key, at = _last.get(place, (None, 0.0))
    wait = at + seconds - time.monotonic() if last_key not in (None, key) else 0.0
    if wait > 0:
        return round(wait, 3) or 0.001
    if last_key != key:
        _note(place, key)
    return 0.0


def _note(place: Place, key: UUID) -> None:
    now = time.monotonic()
    if len(_last) > KNOWN_MOST:
        for one in [one for one, (_, at) in _last.items() if at < now - SLOWEST_SECONDS]:
            del _last[one]
    _last[place] = key, now
