"""Who posted last when, where members wait between two messages. Only conversations in slow mode ask here.

With several workers Redis decides, in one step for all of them; while it is away each worker goes by what it has let
through itself. Who is not known there, since they were silent for long or since Redis or the only worker was started
again, is looked for in the newest of the history.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from redis import RedisError

from accounts.redis_client import redis_client
from groups.models import SLOWNESSES
from messaging.history import History
from messaging.protocol import AnyChange, MessageSent, decode_change

SLOWEST_SECONDS = max(SLOWNESSES)
KNOWN_MOST = 50_000
# So many of the newest changes of a conversation are looked at for a member's last message.
LOOKED_AT = 200

# A hash of the key and the time, in milliseconds, of a member's last message. Answers how long they have to wait for
# another one; zero when it is theirs to post, which is noted, or when it is the one that was noted. Of whom nothing is
# noted it answers -1, unless it is told how long ago their last message was.
TAKE = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local last = redis.call('HMGET', KEYS[1], 'key', 'at')
if last[1] == ARGV[1] then return 0 end
if not last[2] and ARGV[4] == '' then return -1 end
local wait = (last[2] or now - ARGV[4]) + ARGV[2] - now
if wait > 0 then return wait end
redis.call('HSET', KEYS[1], 'key', ARGV[1], 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0
"""

logger = logging.getLogger(__name__)

# A conversation and a member of it.
Place = tuple[UUID, UUID]


# That of a message which this process did not let through itself.
NO_KEY = UUID(int=0)

# What this process let through.
_last: dict[Place, tuple[UUID, float]] = {}


async def take_turn(place: Place, key: UUID, seconds: int, history: History) -> float:
    """Zero when the message `key` may be posted now, which is noted, else the seconds until then. Another try of the
    one that was noted waits for nothing. Raises UnavailableError when the history is asked and does not answer."""
    if not settings.REDIS_URL:
        return await _take_own(place, key, seconds, history)
    try:
        wait = await _take_shared(place, key, seconds)
        if wait < 0:
            wait = await _take_shared(place, key, seconds, await _posted_ago(place, history))
    except RedisError as error:
        logger.warning("slow mode goes by this worker alone: %s", error)
        return await _take_own(place, key, seconds, history)
    if not wait:
        _note(place, key)
    return wait


async def _posted_ago(place: Place, history: History) -> float:
    """How many seconds ago the member's last message among the newest changes was sent, SLOWEST_SECONDS at most."""
    page = await history.page(place[0], limit=LOOKED_AT)
    own = [change for change in map(decode_change, page.changes) if _is_message_of(place[1], change)]
    if not own:
        return SLOWEST_SECONDS
    ago = datetime.now(UTC) - datetime.fromisoformat(own[-1].sent_at)
    return min(max(ago.total_seconds(), 0.0), SLOWEST_SECONDS)


def _is_message_of(user_id: UUID, change: AnyChange) -> bool:
    return isinstance(change, MessageSent) and change.author_id == user_id


async def _take_shared(place: Place, key: UUID, seconds: int, ago: float | None = None) -> float:
    name = f"parley:slow:{place[0].hex}:{place[1].hex}"
    told = "" if ago is None else round(ago * 1_000)
    wait = await redis_client().eval(TAKE, 1, name, key.hex, seconds * 1_000, SLOWEST_SECONDS * 1_000, told)
    return int(wait) / 1_000


async def _take_own(place: Place, key: UUID, seconds: int, history: History) -> float:
    if place not in _last:
        ago = await _posted_ago(place, history)
        # Another message of theirs may have been let through meanwhile.
        _last.setdefault(place, (NO_KEY, time.monotonic() - ago))
    last_key, at = _last[place]
    wait = at + seconds - time.monotonic() if last_key != key else 0.0
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
