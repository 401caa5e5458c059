"""Who is connected anywhere, and when somebody last was. Best effort: it may be late, and it never fails a socket.

Each worker keeps its own users in a register under its own lease: renewed every beat, gone LEASE_BEATS after the last
renewal. Who watches others asks the register anew with every beat (watchers.py), so those of a worker that was killed
are offline to everybody within three.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Collection, Coroutine, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.errors import UnavailableError
from messaging.presence.redis import RedisRegister
from messaging.presence.register import LocalRegister, Register, together
from messaging.protocol import Attendance

# More than one beat, so that one may fail; with the beat in which it is noticed, less than three.
LEASE_BEATS = 1.6

logger = logging.getLogger(__name__)


class Presence:
    """One worker's part. Belongs to one event loop; `attend` returns at once and is noted behind it.

    `noticed(user_ids)` is told of those who may be seen differently now, after the register was.
    """

    def __init__(self, register: Register, *, lease_seconds: float = 0.0) -> None:
        self.noticed: Callable[[Collection[UUID]], None] = lambda user_ids: None
        self._register = register
        self._lease = lease_seconds or LEASE_BEATS * settings.PRESENCE_SECONDS
        self._worker = uuid.uuid4().hex
        self._here: dict[UUID, Attendance] = {}
        self._changed: set[UUID] = set()
        self._noting: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._is_stopped = False

    def attend(self, user_id: UUID, how: Attendance | None) -> None:
        """What the user's sockets here make of them together; None: the last one left."""
        if how == self._here.get(user_id):
            return
        if how is None:
            del self._here[user_id]
        else:
            self._here[user_id] = how
        self._change(user_id)

    async def attendance(self, user_ids: Collection[UUID]) -> dict[UUID, Attendance]:
        """Those of them who are connected anywhere. Raises UnavailableError: then `here` is all there is to know."""
        asked = set(user_ids)
        return together([await self._register.attendance(list(asked)), self.here(asked)])

    def here(self, user_ids: Iterable[UUID]) -> dict[UUID, Attendance]:
        """Those of them who are connected to this worker."""
        return {user_id: self._here[user_id] for user_id in user_ids if user_id in self._here}

    async def last_seen(self, user_ids: Collection[UUID]) -> dict[UUID, datetime]:
        """When each was last known to be connected, to a beat; who never was, or not for long, is left out.

        Raises UnavailableError.
        """
        seen = await self._register.seen(list(set(user_ids)))
        return {user_id: datetime.fromtimestamp(at, UTC) for user_id, at in seen.items()}

    async def beat(self) -> None:
        """Renew the lease and put right what the register lost; to be called every beat."""
        await self._note_changes()
        async with self._turn:
            if not self._is_stopped:
                await self._try(self._register.renew(self._worker, dict(self._here), self._lease))

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
            now, went = self.here(changed), changed - self._here.keys()
            if not await self._try(self._register.note(self._worker, now, went, self._lease)):
                self._changed |= changed
                return False
        self.noticed(changed)
        return True

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
