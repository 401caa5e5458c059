"""People who talk in rooms of several sizes, through nginx, at a steady pace; and what they find at rest."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from messaging.client import Rest
from messaging.client.wire import WireError
from messaging.protocol import HistoryPage, decode_change
from tests.faults.history import OK, Recorder
from tests.faults.link import Link
from tests.faults.person import Person, described
from tests.live import PASSWORD

SIGN_UPS_AT_ONCE = 4
LOOKS_AT_ONCE = 8
BETWEEN_LOOKS_SECONDS = 2.0
LOOK_SECONDS = 60.0
MARKS_EACH = 0.02


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

    def __init__(self, url: str, *, fetches: bool = True) -> None:
        self.rest = Rest(url)
        self.people: list[Person] = []
        self.rooms: list[Room] = []
        self.fetches = fetches

    async def sign_up(self, count: int) -> None:
        mark, limit = secrets.token_hex(4), asyncio.Semaphore(SIGN_UPS_AT_ONCE)

        async def enter(number: int) -> Person:
            async with limit:
                account = await self.rest.sign_up(f"p{number}.{mark}", PASSWORD)
            return Person(f"p{number}", account, self.rest, fetches=self.fetches)

        self.people = list(await asyncio.gather(*(enter(number) for number in range(count))))

    async def gather(self, recorder: Recorder) -> None:
        """New rooms, with everybody connected and listening."""
        self.rooms = list(await asyncio.gather(*(self._make_room(size) for size in sizes_for(len(self.people)))))
        for room in self.rooms:
            for person in room.people:
                account_id = str(person.account.user_id)
                recorder.note(OK, "room", room=str(room.id), who=person.name, author=account_id)
        await asyncio.gather(*(person.start(recorder, self._rooms_of(person)) for person in self.people))

    async def _make_room(self, size: int) -> Room:
        people = random.sample(self.people, size)
        data = {
            "name": f"room {secrets.token_hex(4)}",
            "member_ids": [str(person.account.user_id) for person in people[1:]],
        }
        answer = await self.rest.call("POST", "groups", data, account=people[0].account)
        return Room(UUID(answer["id"]), people)

    def _rooms_of(self, person: Person) -> set[UUID]:
        return {room.id for room in self.rooms if person in room.people}

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
        rooms, said = sorted(person.rooms), 0
        while not over.is_set():
            started = time.monotonic()
            said += 1
            room = random.choice(rooms)
            await person.say(room, f"{person.name} {said} {'x' * random.randint(0, padding)}".strip())
            if random.random() < MARKS_EACH and (held := person.held.get(room)):
                await person.mark(room, held.through)
            rest = random.uniform(0.5, 1.5) * pause - (time.monotonic() - started)
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), max(rest, 0))

    def is_whole(self) -> bool:
        return all(held.is_whole for person in self.people for held in person.held.values())

    # --- at rest

    async def look(self, recorder: Recorder, workers: Sequence[tuple[str, str]]) -> None:
        """Everybody reads everything, twice, through two workers' own addresses."""
        names = list(workers)
        for turn in range(2):
            if turn:
                await asyncio.sleep(BETWEEN_LOOKS_SECONDS)
            limit = asyncio.Semaphore(LOOKS_AT_ONCE)
            rests = [(name, Rest(url)) for name, url in names]
            await asyncio.gather(
                *(
                    self._look_through(person, *rests[(number + turn) % len(rests)], recorder, limit)
                    for number, person in enumerate(self.people)
                )
            )
            for _, rest in rests:
                await rest.close()

    async def _look_through(
        self, person: Person, by: str, rest: Rest, recorder: Recorder, limit: asyncio.Semaphore
    ) -> None:
        async with limit, asyncio.timeout(LOOK_SECONDS):
            while True:
                with suppress(OSError, WireError, TimeoutError):
                    link = await Link.open(rest, person.account, lambda told, payload: None)
                    break
            try:
                for room in sorted(person.rooms & link.positions.keys()):
                    await _look_at(link, person, room, by, recorder)
            finally:
                link.close()


async def _look_at(link: Link, person: Person, room: UUID, by: str, recorder: Recorder) -> None:
    position = link.positions[room]
    read_up_to = 0
    while True:
        page = await link.page(room, read_up_to)
        if not isinstance(page, HistoryPage):
            await asyncio.sleep(0.2)
            continue
        for raw in page.changes:
            content = bytes(raw)
            change = decode_change(content)
            read_up_to = change.seq
            recorder.note(OK, "stored", who=person.name, by=by, **described(change, content))
        if page.complete or not page.changes:
            break
    recorder.note(
        OK,
        "look",
        who=person.name,
        by=by,
        room=str(room),
        seq=position.head,
        read=position.read,
        unread=position.unread,
    )
