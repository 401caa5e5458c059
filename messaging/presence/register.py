"""What all workers have noted of who is connected: the contract, and the register of one process."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID


class Register(Protocol):
    """What all workers have noted. Raises UnavailableError when it does not answer."""

    async def note(self, worker: str, came: Collection[UUID], went: Collection[UUID], lease: float) -> None:
        """The worker has those who came and lost those who went; renews its lease."""

    async def renew(self, worker: str, users: Collection[UUID], lease: float) -> None:
        """The worker has these and no others, whatever the register remembers or has lost."""

    async def drop(self, worker: str, users: Collection[UUID]) -> None:
        """The worker has nobody any more; these were its last."""

    async def online(self, users: Sequence[UUID]) -> set[UUID]: ...

    async def seen(self, users: Sequence[UUID]) -> dict[UUID, float]:
        """When each was last noted, in seconds since 1970; unknown ones are left out."""


class LocalRegister:
    """Of one process; several `Presence` may share it."""

    def __init__(self) -> None:
        self._workers: dict[str, tuple[float, set[UUID]]] = {}
        self._seen: dict[UUID, float] = {}

    async def note(self, worker: str, came: Collection[UUID], went: Collection[UUID], lease: float) -> None:
        known = self._alive().get(worker, set())
        self._keep(worker, (known | set(came)) - set(went), lease)
        self._see([*came, *went])

    async def renew(self, worker: str, users: Collection[UUID], lease: float) -> None:
        self._keep(worker, set(users), lease)
        self._see(users)

    async def drop(self, worker: str, users: Collection[UUID]) -> None:
        self._workers.pop(worker, None)
        self._see(users)

    async def online(self, users: Sequence[UUID]) -> set[UUID]:
        return set(users).intersection(set().union(*self._alive().values()))

    async def seen(self, users: Sequence[UUID]) -> dict[UUID, float]:
        return {user_id: self._seen[user_id] for user_id in users if user_id in self._seen}

    def _keep(self, worker: str, users: set[UUID], lease: float) -> None:
        self._workers[worker] = time.monotonic() + lease, users

    def _see(self, users: Collection[UUID]) -> None:
        self._seen |= dict.fromkeys(users, time.time())

    def _alive(self) -> dict[str, set[UUID]]:
        now = time.monotonic()
        return {worker: users for worker, (until, users) in self._workers.items() if until > now}
