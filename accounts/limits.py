"""How often something may be tried, by address or by name.

Counted by all workers together in Redis when there is one; while it is away, by each worker for itself.
"""

from __future__ import annotations

import functools
import logging
import math
import threading
import time
from ipaddress import IPv4Address

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from .addresses import Address, networks_of, parse_address
from .devices import known_device
from .errors import RateLimitedError
from .models import User

LOOPBACK = IPv4Address("127.0.0.1")
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
def _parsed(text: str, shares: int) -> list[RateLimitItem]:
    """One for each window, such as the two of "60/hour;300/day"."""
    return [type(item)(item.amount * shares, item.multiples, item.namespace) for item in parse_many(text)]


def take(name: str, key: str, shares: int = 1, *, cost: int = 1) -> None:
    """Counts `cost` tries under settings.RATE_LIMITS[name], `shares` times over for what several clients share.

    Raises RateLimitedError when it is one too many.
    """
    windows = _parsed(settings.RATE_LIMITS[name], shares)
    if settings.REDIS_URL:
        try:
            _take(_shared(settings.REDIS_URL), windows, name, key, cost)
            return
        except RedisError:
            logger.warning("limits are counted by this worker alone", exc_info=True)
    with _one_thread:
        _take(_own(), windows, name, key, cost)


def _take(limiter: FixedWindowRateLimiter, windows: list[RateLimitItem], name: str, key: str, cost: int) -> None:
    """Of several windows all are asked before any counts: what an hour refuses must not use up the day."""
    full = [item for item in windows if len(windows) > 1 and not limiter.test(item, name, key, cost=cost)]
    full = full or [item for item in windows if not limiter.hit(item, name, key, cost=cost)]
    for item in full[-1:]:
        reset_at = limiter.get_window_stats(item, name, key).reset_time
        raise RateLimitedError(retry_after=max(1, math.ceil(reset_at - time.time())))


def take_for_address(name: str, request: HttpRequest) -> None:
    """As `take`, by the client's address. This machine's own is not counted, unless it is a declared proxy's word."""
    address = _address(request)
    if address.is_loopback and not settings.BEHIND_PROXY:
        return
    for network, shares in networks_of(address):
        take(name, network, shares)


def take_login(request: HttpRequest, username: str) -> None:
    """Every try counts, right or wrong: a success in between must not pay for guessing on.

    By name and address together, so that wrong guesses elsewhere keep nobody out; a slow limit holds for a name
    wherever the tries come from. A device where this user was signed in before has tries of its own and no other limit.
    """
    user_id = _user_named(username)
    if user_id and (device := known_device(request, user_id)):
        take("login_by_username", f"device:{device}")
        return
    take_for_address("login_by_address", request)
    name = str(user_id) if user_id else username.strip().lower()[:254]
    network, _ = networks_of(_address(request))[0]
    take("login_by_username", f"{name}:{network}")
    take("login_anywhere", name)


def _user_named(text: str) -> object | None:
    """Whose username or e-mail address it is: one account is one name, however it is written."""
    text = text.strip()
    if not text or "\x00" in text:
        return None
    found = User.objects.with_email(text) if "@" in text else User.objects.filter(username__iexact=text)
    user_id: object | None = found.values_list("pk", flat=True).first()
    return user_id


def client_address(request: HttpRequest) -> str:
    """The client's, as chatproject.proxies found it; no header is asked here."""
    return str(_address(request))


def _address(request: HttpRequest) -> Address:
    return parse_address(request.META.get("REMOTE_ADDR") or "") or LOOPBACK


def reset() -> None:
    """Forgets this worker's own tries, for tests."""
    with _one_thread:
        _own().storage.reset()
