"""People who come and go at a worker, and who of them is here."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from messaging.presence import Presence


def people(count: int) -> list[UUID]:
    return [uuid.uuid4() for _ in range(count)]


async def come(presence: Presence, *users: UUID) -> None:
    for user_id in users:
        presence.attend(user_id, "online")
    await presence.noted()


async def go(presence: Presence, *users: UUID) -> None:
    for user_id in users:
        presence.attend(user_id, None)
    await presence.noted()


async def online(presence: Presence, users: Collection[UUID]) -> set[UUID]:
    """Which of them are connected, away or not."""
    return set(await presence.attendance(users))


async def until(is_it: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await is_it():  # noqa: ASYNC110  # a lease tells nobody that it ends
            await asyncio.sleep(0.02)
