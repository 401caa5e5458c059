"""People who talk in rooms of several sizes, through nginx, at a steady pace."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from messaging.client import Rest
from tests.faults import deeds
from tests.faults.history import OK, Recorder
from tests.faults.person import Person
from tests.live import PASSWORD

SIGN_UPS_AT_ONCE = 4
MARKS_EACH = 0.02
# Of what is written so much is something else than a plain message.
DEEDS_SHARE = 0.1


@dataclass(slots=True)
class Room:
    id: UUID
    people: list[Person]

    @property
    def owner(self) -> Person:
        return self.people[0]


def sizes_for(people: int) -> list[int]:
    """One room of all, some of a third and of a sixth, and pairs."""
    return [people, *[people // 3] * 3, *[max(people // 6, 2)] * 4, *[2] * (people // 4)]


class Crowd:
    """Signed up once, for as many runs as there are; each run has rooms of its own."""

    def __init__(self, url: str, *, fetches: bool = True, deeds_share: float = DEEDS_SHARE) -> None:
        self.rest = Rest(url)
        self.people: list[Person] = []
        self.rooms: list[Room] = []
        self.fetches = fetches
        self._deeds_share = deeds_share

    async def sign_up(self, count: int) -> None:
        mark, limit = secrets.token_hex(4), asyncio.Semaphore(SIGN_UPS_AT_ONCE)

        async def enter(number: int) -> Person:
            username = f"p{number}.{mark}"
            async with limit:
                account = await self.rest.sign_up(username, PASSWORD)
            return Person(f"p{number}", username, account, self.rest, fetches=self.fetches)

        self.people = list(await asyncio.gather(*(enter(number) for number in range(count))))

    async def gather(self, recorder: Recorder) -> None:
        """New rooms, with everybody connected and listening."""
        self.rooms = list(await asyncio.gather(*(self._make_room(size) for size in sizes_for(len(self.people)))))
        for room in self.rooms:
            for person in room.people:
                role, author = "owner" if person is room.owner else "member", str(person.account.user_id)
                what = {"who": person.name, "body": person.username, "author": author, "role": role}
                recorder.note(OK, "room", room=str(room.id), **what)
        await asyncio.gather(
            *(person.start(recorder, {room.id for room in self._rooms_of(person)}) for person in self.people)
        )

    async def _make_room(self, size: int) -> Room:
        people = random.sample(self.people, size)
        data = {
            "name": f"room {secrets.token_hex(4)}",
            "member_ids": [str(person.account.user_id) for person in people[1:]],
        }
        answer = await self.rest.call("POST", "groups", data, account=people[0].account)
        return Room(UUID(answer["id"]), people)

    def _rooms_of(self, person: Person) -> list[Room]:
        return [room for room in self.rooms if person in room.people]

    def _ids_for(self, person: Person) -> set[UUID]:
        return {room.id for room in self._rooms_of(person)}

    async def disperse(self) -> None:
        """The rooms go with them, so that every run finds the cluster as the first one did."""
        await asyncio.gather(*(person.stop() for person in self.people))
        await asyncio.gather(
            *(self.rest.call("DELETE", f"groups/{room.id}", account=room.owner.account) for room in self.rooms)
        )

    async def close(self) -> None:
        await self.rest.close()

    # --- talking

    async def talk(self, over: asyncio.Event, *, per_second: float, padding: int = 0) -> None:
        """Until it is over; returns when everything begun is decided."""
        pause = len(self.people) / per_second
        await asyncio.gather(*(self._talk_on(person, over, pause, padding) for person in self.people))

    async def _talk_on(self, person: Person, over: asyncio.Event, pause: float, padding: int) -> None:
        rooms, said = self._rooms_of(person), 0
        while not over.is_set():
            started = time.monotonic()
            said += 1
            room = random.choice(rooms)
            body = f"{person.name} {said} {'x' * random.randint(0, padding)}".strip()
            if random.random() < self._deeds_share:
                await person.write(deeds.something(person, room, body))
            else:
                await person.say(room.id, body)
            if random.random() < MARKS_EACH and (held := person.held.get(room.id)):
                await person.mark(room.id, held.through)
            rest = random.uniform(0.5, 1.5) * pause - (time.monotonic() - started)
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), max(rest, 0))

    def is_whole(self) -> bool:
        return all(held.is_whole for person in self.people for held in person.held.values())
