"""One limit for a user at all workers: each counts for itself, and twice a second they add up in Redis.

Never on the way of a message. Between two reckonings each worker may give what it believes to be left; what was too
much is a debt, paid before the user may send again, so over time the limit is exact (docs/decisions/0011). While Redis
is away each worker's own count holds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from itertools import islice
from uuid import UUID

from redis import RedisError

from accounts.redis_client import redis_client
from messaging.allowance import Allowance

RECKON_SECONDS = 0.5
USERS_AT_ONCE = 500

# For each key (a user) the time at which everything taken is refilled; no key: nothing is missing. Answers, in
# microseconds, how far ahead that is after what was taken now.
TAKE = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local ahead = {}
for i, key in ipairs(KEYS) do
    local refilled = math.max(tonumber(redis.call('GET', key) or 0), now) + ARGV[i] * 1000000 / ARGV[#ARGV]
    ahead[i] = math.ceil(refilled - now)
    redis.call('SET', key, string.format('%.0f', refilled), 'PX', math.ceil(ahead[i] / 1000) + 1000)
end
return ahead
"""

logger = logging.getLogger(__name__)


class Reckoning:
    """Of one worker's allowances, by name. Belongs to one event loop."""

    def __init__(self, allowances: Mapping[str, Allowance[UUID]]) -> None:
        self._allowances = allowances
        self._is_away = False

    async def reckon(self) -> None:
        """To be called every RECKON_SECONDS. What Redis did not take is not counted later: our own count has held."""
        try:
            for name, allowance in self._allowances.items():
                taken = iter(allowance.hand_over().items())
                while some := dict(islice(taken, USERS_AT_ONCE)):
                    await self._add_up(name, allowance, some)
                    self._is_away = False
        except RedisError as error:
            if not self._is_away:
                logger.warning("each worker counts what users send for itself: %s", error)
            self._is_away = True

    async def _add_up(self, name: str, allowance: Allowance[UUID], taken: dict[UUID, int]) -> None:
        keys = [f"parley:allowance:{name}:{user_id.hex}" for user_id in taken]
        ahead = await redis_client().eval(TAKE, len(keys), *keys, *taken.values(), allowance.per_second)
        now = time.monotonic()
        for user_id, micros in zip(taken, ahead, strict=True):
            allowance.settle(user_id, allowance.burst - micros / 1e6 * allowance.per_second, now)
