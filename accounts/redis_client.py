"""The one Redis client of an event loop, for what workers share besides the channel layer. None without REDIS_URL."""

from __future__ import annotations

import asyncio
from functools import cache
from weakref import WeakKeyDictionary

from django.conf import settings
from redis import Redis as BlockingRedis
from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

# A caller that waits for Redis holds up a person: better an honest "unavailable" soon.
TIMEOUT_SECONDS = 2.0
REQUEST_SECONDS = 0.5

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()


def redis_client() -> Redis:
    """Raises RuntimeError without REDIS_URL: whoever asks has looked."""
    if not settings.REDIS_URL:
        raise RuntimeError("REDIS_URL is not set")
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        client = _clients[loop] = Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_keepalive=True,
            health_check_interval=15,
            max_connections=200,
            decode_responses=True,
            # A connection that died with the last Redis is replaced; a Redis that hangs is not asked twice.
            retry=Retry(ConstantBackoff(0.02), 2, supported_errors=(RedisConnectionError,)),
        )
    return client


@cache
def blocking_redis() -> BlockingRedis:
    """For threads that answer a request; any may use it."""
    timeouts = {"socket_timeout": REQUEST_SECONDS, "socket_connect_timeout": REQUEST_SECONDS}
    return BlockingRedis.from_url(settings.REDIS_URL, health_check_interval=15, **timeouts)


def redis_trouble() -> str:
    """Why the Redis of REDIS_URL cannot be used; nothing when it answers, or none is asked for. Blocks."""
    if not settings.REDIS_URL:
        return ""
    try:
        with BlockingRedis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        ) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        return str(error)
    return ""
