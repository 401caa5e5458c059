"""What all workers have noted of who is connected: the contract, and the register of one process."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from messaging.protocol import Attendance

# A worker's users as it sees them.
Attendances = Mapping[UUID, Attendance]


def together(parts: Iterable[Attendances]) -> dict[UUID, Attendance]:
    """Who is online anywhere is online."""
    found: dict[UUID, Attendance] = {}
    for user_id, how in (item for part in parts for item in part.items()):
        if how == "online" or user_id not in found:
            found[user_id] = how
    return found


class Register(Protocol):
    """What all workers have noted. Raises UnavailableError when it does not answer."""

    async def note(self, worker: str, now: Attendances, went: Collection[UUID], lease: float) -> None:
        """The worker has those in `now`, as it says, and lost those who went; renews its lease."""

    async def renew(self, worker: str, users: Attendances, lease: float) -> None:
        """The worker has these and no others, whatever the register remembers or has lost."""

    async def drop(self, worker: str, users: Collection[UUID]) -> None:
        """The worker has nobody any more; these were its last."""

    async def attendance(self, users: Sequence[UUID]) -> dict[UUID, Attendance]:
        """Of those who are connected: away when they are so at every worker that has them."""

    async def seen(self, users: Sequence[UUID]) -> dict[UUID, float]:
        """When each was last noted, in seconds since 1970; unknown ones are left out."""


class LocalRegister:
    """Of one process; several `Presence` may share it."""

    def __init__(self) -> None:
        self._workers: dict[str, tuple[float, dict[UUID, Attendance]]] = {}
        self._seen: dict[UUID, float] = {}

    async def note(self, worker: str, now: Attendances, went: Collection[UUID], lease: float) -> None:
        known = self._alive().get(worker, {}) | dict(now)
        self._keep(worker, {user_id: how for user_id, how in known.items() if user_id not in went}, lease)
        self._see([*now, *went])

    async def renew(self, worker: str, users: Attendances, lease: float) -> None:
        self._keep(worker, dict(users), lease)
        self._see(users)

    async def drop(self, worker: str, users: Collection[UUID]) -> None:
        self._workers.pop(worker, None)
        self._see(users)

    async def attendance(self, users: Sequence[UUID]) -> dict[UUID, Attendance]:
        workers = self._alive().values()
        return together({user_id: known[user_id] for user_id in users if user_id in known} for known in workers)

    async def seen(self, users: Sequence[UUID]) -> dict[UUID, float]:
        return {user_id: self._seen[user_id] for user_id in users if user_id in self._seen}

    def _keep(self, worker: str, users: dict[UUID, Attendance], lease: float) -> None:
        self._workers[worker] = time.monotonic() + lease, users

    def _see(self, users: Collection[UUID]) -> None:
        self._seen |= dict.fromkeys(users, time.time())

    def _alive(self) -> dict[str, dict[UUID, Attendance]]:
        now = time.monotonic()
        return {worker: users for worker, (until, users) in self._workers.items() if until > now}
