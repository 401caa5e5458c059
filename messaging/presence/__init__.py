"""Who is connected anywhere, and when somebody last was. Best effort: it may be late, and it never fails a socket.

Each worker keeps its own users in a register under its own lease: renewed every BEAT_SECONDS, gone LEASE_SECONDS after
the last renewal, so those of a worker that was killed are soon offline.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Collection, Coroutine
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.errors import UnavailableError
from messaging.presence.redis import RedisRegister
from messaging.presence.register import LocalRegister, Register

BEAT_SECONDS = 30.0
LEASE_SECONDS = 60.0

logger = logging.getLogger(__name__)


class Presence:
    """One worker's part. Belongs to one event loop; `enter` and `leave` return at once and are noted behind them."""

    def __init__(self, register: Register, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._register = register
        self._lease = lease_seconds
        self._worker = uuid.uuid4().hex
        self._here: set[UUID] = set()
        self._changed: set[UUID] = set()
        self._noting: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._is_stopped = False

    def enter(self, user_id: UUID) -> None:
        """The user's first socket came to this worker."""
        self._here.add(user_id)
        self._change(user_id)

    def leave(self, user_id: UUID) -> None:
        """The user's last socket left this worker."""
        self._here.discard(user_id)
        self._change(user_id)

    async def online(self, user_ids: Collection[UUID]) -> set[UUID]:
        """Which of them are connected anywhere; while the register is away, which of them are here."""
        asked = set(user_ids)
        try:
            return await self._register.online(list(asked)) | (asked & self._here)
        except UnavailableError:
            return asked & self._here

    async def last_seen(self, user_ids: Collection[UUID]) -> dict[UUID, datetime]:
        """When each was last known to be connected, to a beat; who never was, or not for long, is left out."""
        try:
            seen = await self._register.seen(list(set(user_ids)))
        except UnavailableError:
            return {}
        return {user_id: datetime.fromtimestamp(at, UTC) for user_id, at in seen.items()}

    async def beat(self) -> None:
        """Renew the lease and put right what the register lost; to be called every BEAT_SECONDS."""
        await self._note_changes()
        async with self._turn:
            if not self._is_stopped:
                await self._try(self._register.renew(self._worker, frozenset(self._here), self._lease))

    async def noted(self) -> None:
        """Returns when the register was told what happened here."""
        while self._noting:
            await asyncio.shield(self._noting)

    async def stop(self) -> None:
        """The users of a worker that ends politely are offline at once, unless they are elsewhere too."""
        self._is_stopped = True
        async with self._turn:
            await self._try(self._register.drop(self._worker, frozenset(self._here)))

    def _change(self, user_id: UUID) -> None:
        self._changed.add(user_id)
        if self._noting is None and not self._is_stopped:
            self._noting = asyncio.get_running_loop().create_task(self._note())

    async def _note(self) -> None:
        """What came together is told together, what comes meanwhile with the next; what fails, the next beat tells."""
        try:
            while self._changed and not self._is_stopped and await self._note_changes():
                pass
        finally:
            self._noting = None

    async def _note_changes(self) -> bool:
        async with self._turn:
            if self._is_stopped or not self._changed:
                return True
            changed, self._changed = self._changed, set()
            came, went = changed & self._here, changed - self._here
            done = await self._try(self._register.note(self._worker, came, went, self._lease))
            self._changed |= set() if done else changed
            return done

    async def _try(self, step: Coroutine[Any, Any, None]) -> bool:
        try:
            await step
        except UnavailableError as error:
            logger.warning("who is connected here could not be told: %s", error.__cause__)
            return False
        return True


@cache
def shared_register() -> Register:
    """The register that the workers of this Parley share: in Redis, else this process's own."""
    return RedisRegister() if settings.REDIS_URL else LocalRegister()
