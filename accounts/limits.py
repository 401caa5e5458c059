"""How often something may be tried, by address or by name.

Counted by all workers together in Redis when there is one; while it is away, by each worker for itself.
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import math
import threading
import time

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from .errors import RateLimitedError

LOOPBACK = "127.0.0.1"
SHARED_SECONDS = 0.5

logger = logging.getLogger(__name__)
# MemoryStorage (limits 5.8) starts its timer without one: of two threads at once, one now and then got a RuntimeError.
_one_thread = threading.Lock()


@functools.cache
def _own() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())


@functools.cache
def _shared(url: str) -> FixedWindowRateLimiter:
    timeouts = {"socket_timeout": SHARED_SECONDS, "socket_connect_timeout": SHARED_SECONDS}
    return FixedWindowRateLimiter(storage_from_string(url, key_prefix="parley:limit", **timeouts))


@functools.cache
def _parsed(text: str) -> RateLimitItem:
    return parse(text)


def take(name: str, key: str) -> None:
    """Counts one try under settings.RATE_LIMITS[name]. Raises RateLimitedError when it is one too many."""
    if settings.REDIS_URL:
        try:
            _take(_shared(settings.REDIS_URL), name, key)
            return
        except RedisError:
            logger.warning("limits are counted by this worker alone", exc_info=True)
    with _one_thread:
        _take(_own(), name, key)


def _take(limiter: FixedWindowRateLimiter, name: str, key: str) -> None:
    item = _parsed(settings.RATE_LIMITS[name])
    if not limiter.hit(item, name, key):
        reset_at = limiter.get_window_stats(item, name, key).reset_time
        raise RateLimitedError(retry_after=max(1, math.ceil(reset_at - time.time())))


def take_for_address(name: str, request: HttpRequest) -> None:
    """As `take`, by the client's address. This machine's own is not counted, unless a proxy told it."""
    address = ipaddress.ip_address(client_address(request))
    if address.is_loopback and not settings.BEHIND_PROXY:
        return
    # Whoever has one IPv6 address has the whole /64.
    network = ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False)
    take(name, str(network))


def take_login(request: HttpRequest, username: str) -> None:
    """Every try counts, right or wrong: a success in between must not pay for guessing on."""
    take_for_address("login_by_address", request)
    take("login_by_username", username.strip().lower()[:254])


def client_address(request: HttpRequest) -> str:
    """X-Real-IP, which our proxy sets, and no other header: a client could write those."""
    headers = (request.META.get("HTTP_X_REAL_IP"),) if settings.BEHIND_PROXY else ()
    for text in (*headers, request.META.get("REMOTE_ADDR")):
        try:
            return str(ipaddress.ip_address((text or "").strip()))
        except ValueError:
            continue
    return LOOPBACK


def reset() -> None:
    """Forgets this worker's own tries, for tests."""
    with _one_thread:
        _own().storage.reset()
