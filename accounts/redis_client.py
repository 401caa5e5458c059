"""The one Redis client of an event loop, for what workers share besides the channel layer. None without REDIS_URL."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from django.conf import settings
from redis import Redis as BlockingRedis
from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.connection import parse_url
from redis.exceptions import ConnectionError as RedisConnectionError

# A caller that waits for Redis holds up a person: better an honest "unavailable" soon.
TIMEOUT_SECONDS = 2.0
REQUEST_SECONDS = 0.5
WANTED = "REDIS_URL looks like redis://[user:password@]host:6379/0, rediss:// with TLS, or unix:///socket."

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


def read_redis(url: str) -> str:
    """REDIS_URL as it is, or nothing. Raises ValueError with a line for the operator."""
    try:
        parts = urlsplit(url)
        # The client takes what is no number for the first database, and no host for this machine.
        is_right = parts.scheme == "unix" or (bool(parts.hostname) and re.fullmatch(r"(/\d*)?", parts.path) is not None)
        if url and not (is_right and parse_url(url)):  # type: ignore[no-untyped-call]
            raise ValueError
    except ValueError:
        raise ValueError(WANTED) from None
    return url


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
