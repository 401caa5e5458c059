"""Two workers that share a register of who is here, without a socket and without a clock."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection
from typing import Any
from uuid import UUID

from accounts.errors import UnavailableError
from messaging.presence import Presence
from messaging.presence.register import LocalRegister
from messaging.presence.sight import Profile
from messaging.presence.watchers import Watchers
from messaging.room import Connection
from tests.messaging.conftest import RememberingOutlet

ALICE, BOB, CAROL = (uuid.uuid4() for _ in range(3))
OFFLINE = {"state": "offline"}


class Register(LocalRegister):
    """Counts how often it is asked, and does not answer while it is down."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.is_down = False

    async def attendance(self, users: Any) -> Any:
        self.asked += 1
        if self.is_down:
            raise UnavailableError
        return await super().attendance(users)


class House:
    """Two workers, joined as the relay joins them, and what everybody let be seen."""

    def __init__(self) -> None:
        self.register = Register()
        self.profiles: dict[UUID, Profile] = {who: Profile(hides=False) for who in (ALICE, BOB, CAROL)}
        self.loses_hints = False
        self.here, self.there = (Worker(self) for _ in range(2))

    def load(self, user_ids: list[UUID]) -> dict[UUID, Profile]:
        return {user_id: self.profiles[user_id] for user_id in user_ids if user_id in self.profiles}

    async def pass_second(self) -> None:
        for worker in (self.here, self.there):
            await worker.presence.noted()
        for worker in (self.there, self.here, self.there):
            await worker.watchers.tick()


class Worker:
    def __init__(self, house: House) -> None:
        self.house = house
        self.presence = Presence(house.register, lease_seconds=30)
        self.watchers = Watchers(self.presence, house.load)
        self.presence.noticed = self.watchers.stir
        self.watchers.publish = self.publish

    def publish(self, stirred: Collection[UUID], changed: Collection[UUID]) -> None:
        other = self.house.there if self is self.house.here else self.house.here
        if not self.house.loses_hints:
            other.watchers.hear(stirred, changed)

    def socket(self, user_id: UUID = ALICE) -> tuple[Connection, RememberingOutlet]:
        outlet = RememberingOutlet()
        return Connection(user_id, "session:1", outlet), outlet


def by_name(people: Collection[Any]) -> dict[UUID, dict[str, str]]:
    told = {}
    for person in people:
        about = person if isinstance(person, dict) else _plain(person)
        told[UUID(str(about.pop("user_id")))] = about
    return told


def _plain(person: Any) -> dict[str, Any]:
    import msgspec

    return dict(msgspec.to_builtins(person))


def told(outlet: RememberingOutlet) -> list[dict[UUID, dict[str, str]]]:
    """Each digest since the last look."""
    digests = [by_name(frame["people"]) for frame in outlet.said()]
    outlet.frames.clear()
    return digests


async def until_told(house: House, outlet: RememberingOutlet) -> None:
    async with asyncio.timeout(10):
        while not outlet.frames:
            await asyncio.sleep(0.02)
            await house.pass_second()
