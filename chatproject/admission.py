"""How many connections a worker takes, so that it never runs out of files: in all, by address, and before sign-in.

A connection *waits* until its request has arrived, or its socket is accepted, and again between two requests. Who
waits costs nothing to close: where a bound is reached, the oldest of the address with the most of them makes room, so
connections that are opened and left idle push each other out and nobody else.
"""

from __future__ import annotations

import logging
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.addresses import networks_of, parse_address

# Raised to at start where the system lets us; more than one worker can serve.
WANTED_FILES = 65_536
# Below this a worker says so: it is what many systems begin with, and too little for a busy server.
FEW_FILES = 4_096
# Stores, files that are being sent, logs and threads have at least this many, and a quarter of all.
MIN_RESERVED_FILES = 128
LOG_SECONDS = 60.0
UNKNOWN = "unknown"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one worker. Whoever waits may need a second file: a request's body that has not arrived is kept in one."""

    in_all: int
    waiting: int
    per_address: int

    @classmethod
    def of(cls, in_all: int, per_address: int) -> Bounds:
        return cls(in_all, max(1, in_all // 3), per_address)


def raise_file_limit() -> int:
    """Raise the soft limit of open files as far as the system allows and a worker can use; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return WANTED_FILES if soft == resource.RLIM_INFINITY else soft


def connections_for(files: int, wanted: int) -> int:
    """How many connections a limit of open files has room for; `wanted`, if it is set, when that is less.

    Says in one line of the log when the limit is low.
    """
    room = max(16, (files - max(MIN_RESERVED_FILES, files // 4)) * 3 // 4)
    taken = min(room, wanted or room)
    if files < FEW_FILES or wanted > room:
        line = "The limit of open files is %d: at most %d connections. Raise it (ulimit -n, LimitNOFILE=) to %d."
        logger.warning(line, files, taken, WANTED_FILES)
    return taken


class Admission:
    """Who is connected to this worker. `trusts` names our proxies: they speak for many and bound them themselves."""

    def __init__(self, bounds: Bounds, *, trusts: Callable[[str], bool], limits_loopback: bool) -> None:
        self._bounds = bounds
        self._trusts = trusts
        self._limits_loopback = limits_loopback
        # By transport: whose address; None for a proxy's.
        self._addresses: dict[Any, str | None] = {}
        # By address, the oldest first.
        self._by_address: dict[str, dict[Any, None]] = {}
        self._waiting: dict[str, dict[Any, None]] = {}
        self._waiting_count = 0
        self._logged_at = -LOG_SECONDS

    @property
    def connected(self) -> int:
        return len(self._addresses)

    def enter(self, transport: Any) -> bool:
        """Count a new connection in; False when there is no room, even without those that wait."""
        host = getattr(transport.getPeer(), "host", "")
        address = None if self._trusts(host) else _client_of(host)
        if not self._make_room(address):
            self._log("refused")
            return False
        self._addresses[transport] = address
        if address is not None:
            self._by_address.setdefault(address, {})[transport] = None
            self._wait(transport, address)
        return True

    def leave(self, transport: Any) -> None:
        """Forget a connection that is closed; again is fine."""
        self.serve(transport)
        address = self._addresses.pop(transport, None)
        if address is not None:
            _discard(self._by_address, address, transport)

    def serve(self, transport: Any) -> None:
        """Its request has arrived, or its socket is accepted: it waits no longer."""
        address = self._addresses.get(transport)
        if address is not None and _discard(self._waiting, address, transport):
            self._waiting_count -= 1

    def rest(self, transport: Any) -> None:
        """Its request is answered: it waits for the next one."""
        address = self._addresses.get(transport)
        if address is not None:
            self.serve(transport)
            self._wait(transport, address)

    def _wait(self, transport: Any, address: str) -> None:
        self._waiting.setdefault(address, {})[transport] = None
        self._waiting_count += 1

    def _make_room(self, address: str | None) -> bool:
        if (
            address is not None
            and self._is_limited(address)
            and len(self._by_address.get(address, ())) >= self._bounds.per_address
            and not self._close_oldest(address)
        ):
            return False
        if address is not None and self._waiting_count >= self._bounds.waiting:
            self._close_oldest()
        return len(self._addresses) < self._bounds.in_all or self._close_oldest()

    def _is_limited(self, address: str) -> bool:
        """This machine's own address is everybody's where no proxy is declared."""
        parsed = parse_address(address)
        return parsed is None or self._limits_loopback or not parsed.is_loopback

    def _close_oldest(self, address: str | None = None) -> bool:
        """Close the one that has waited longest at this address, or where most wait; whether there was one."""
        if address is None:
            address = max(self._waiting, key=lambda one: len(self._waiting[one]), default=None)
        waiting = self._waiting.get(address, {}) if address else {}
        if not waiting:
            return False
        transport = next(iter(waiting))
        self.leave(transport)
        transport.abortConnection()
        self._log("closed")
        return True

    def _log(self, what: str) -> None:
        now = time.monotonic()
        if now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            logger.warning("%d connections: idle ones are being %s", len(self._addresses), what)


def _client_of(host: str) -> str:
    address = parse_address(host)
    return networks_of(address)[0][0].partition("/")[0] if address else UNKNOWN


def _discard(groups: dict[str, dict[Any, None]], address: str, transport: Any) -> bool:
    """Take it out of its group, and the group away with its last; whether it was there."""
    group = groups.get(address)
    if group is None or transport not in group:
        return False
    del group[transport]
    if not group:
        del groups[address]
    return True
