"""People who talk in groups of several sizes and in a channel, through nginx, at a steady pace."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from messaging.client import Account, RefusedError, Rest
from tests.faults import deeds
from tests.faults.ghost import Ghost
from tests.faults.history import OK, Recorder
from tests.faults.person import Person
from tests.faults.rooms import Room, sizes_for
from tests.live import PASSWORD

SIGN_UPS_AT_ONCE = 4
MARKS_EACH = 0.02
# Of what is written so much is something else than a plain message.
DEEDS_SHARE = 0.1
# As many as workers.
GHOSTS = 3
WATCHING = 6
GLANCE_SECONDS = (0.5, 3.0)


class Crowd:
    """Signed up once, for as many runs as there are; each run has rooms of its own."""

    def __init__(self, url: str, *, fetches: bool = True, deeds_share: float = DEEDS_SHARE) -> None:
        self.rest = Rest(url)
        self.people: list[Person] = []
        self.ghosts: list[Ghost] = []
        self.rooms: list[Room] = []
        self.fetches = fetches
        self._deeds_share = deeds_share

    async def sign_up(self, count: int) -> None:
        mark, limit = secrets.token_hex(4), asyncio.Semaphore(SIGN_UPS_AT_ONCE)

        async def account_of(name: str) -> Account:
            async with limit:
                return await self.rest.sign_up(f"{name}.{mark}", PASSWORD)

        async def enter(name: str) -> Person:
            account = await account_of(name)
            return Person(name, f"{name}.{mark}", account, self.rest, fetches=self.fetches)

        self.people = list(await asyncio.gather(*(enter(f"p{number}") for number in range(count))))
        names = [f"g{number}" for number in range(GHOSTS)]
        accounts = await asyncio.gather(*map(account_of, names))
        self.ghosts = [Ghost(name, account) for name, account in zip(names, accounts, strict=True)]

    @property
    def largest(self) -> Room:
        """Of the groups."""
        return max((room for room in self.rooms if not room.is_channel), key=lambda room: len(room.people))

    @property
    def channel(self) -> Room:
        return next(room for room in self.rooms if room.is_channel)

    async def gather(self, recorder: Recorder) -> None:
        """New rooms, with everybody connected and listening."""
        sizes = sizes_for(len(self.people))
        groups = (self._make_room(size, "group") for size in sizes)
        self.rooms = list(await asyncio.gather(*groups, self._make_room(len(self.people), "channel")))
        for room in self.rooms:
            for person in room.people:
                what = {"who": person.name, "body": person.username, "author": str(person.account.user_id)}
                recorder.note(OK, "room", room=str(room.id), role=room.role_of(person), **what)
        await asyncio.gather(*(self._start(person, recorder) for person in self.people))

    async def haunt(self, recorder: Recorder, workers: Sequence[tuple[str, str]]) -> None:
        """Each worker, by a ghost of its own; some watch these and each other."""
        pairs = zip(self.ghosts, workers, strict=True)
        await asyncio.gather(*(ghost.appear(recorder, url) for ghost, (_, url) in pairs))
        watched = [one.account.user_id for one in (*self.people, *self.ghosts)]
        for person in self.people[:WATCHING]:
            person.watch_people(watched)

    async def _make_room(self, size: int, kind: str) -> Room:
        people = random.sample(self.people, size)
        data = {
            "name": f"room {secrets.token_hex(4)}",
            "kind": kind,
            "member_ids": [str(person.account.user_id) for person in people[1:]],
        }
        owner = people[0].account
        await asyncio.gather(*(self._agree(person.account, owner) for person in people[1:]))
        answer = await self.rest.call("POST", "groups", data, account=owner)
        return Room(UUID(answer["id"]), people, is_channel=kind == "channel")

    async def _agree(self, account: Account, owner: Account) -> None:
        """To be added by them, for the person has them in the contacts."""
        await self.rest.call("PUT", f"users/{account.user_id}/contacts/{owner.user_id}", {}, account=account)

    async def _start(self, person: Person, recorder: Recorder) -> None:
        rooms = {room.id for room in self._rooms_of(person)}
        await person.start(recorder, rooms, {self.channel.id})
        shows_channel = self.channel.role_of(person) in ("owner", "member")
        person.show(self.channel.id if shows_channel else self._some_group(person))

    def _rooms_of(self, person: Person) -> list[Room]:
        return [room for room in self.rooms if person in room.people]

    def _some_group(self, person: Person) -> UUID:
        return random.choice([room.id for room in self._rooms_of(person) if not room.is_channel])

    async def disperse(self) -> None:
        """The rooms go with them, so that every run finds the cluster as the first one did."""
        for ghost in self.ghosts:
            ghost.leave()
        await asyncio.gather(*(person.stop() for person in self.people))
        await asyncio.gather(*map(self._remove, self.rooms))

    async def _remove(self, room: Room) -> None:
        """Once gone, an earlier try has worked."""
        try:
            await self.rest.call("DELETE", f"groups/{room.id}", account=room.owner.account)
        except RefusedError as error:
            if error.code != "not_found":
                raise

    async def close(self) -> None:
        await self.rest.close()

    # --- talking

    async def talk(self, over: asyncio.Event, *, per_second: float, padding: int = 0) -> None:
        """Until it is over; returns when everything begun is decided."""
        pause = len(self.people) / per_second
        talking = (self._talk_on(person, over, pause, padding) for person in self.people)
        glancing = (person for person in self.channel.people if self.channel.role_of(person) == "glancing")
        await asyncio.gather(*talking, *(self._glance_on(person, over) for person in glancing))

    async def _talk_on(self, person: Person, over: asyncio.Event, pause: float, padding: int) -> None:
        rooms, said = self._rooms_of(person), 0
        while not over.is_set():
            started = time.monotonic()
            said += 1
            does_something = random.random() < self._deeds_share
            room = random.choice(rooms if does_something else [room for room in rooms if room.may_post(person)])
            body = f"{person.name} {said} {'x' * random.randint(0, padding)}".strip()
            if does_something:
                await person.write(deeds.something(person, room, body))
            else:
                await person.say(room.id, body)
            if random.random() < MARKS_EACH and (held := person.held.get(room.id)):
                await person.mark(room.id, held.through)
            await _rest(over, random.uniform(0.5, 1.5) * pause - (time.monotonic() - started))

    async def _glance_on(self, person: Person, over: asyncio.Event) -> None:
        """At the channel, and away again."""
        while not over.is_set():
            for room in (self.channel.id, self._some_group(person)):
                person.show(room)
                await _rest(over, random.uniform(*GLANCE_SECONDS))

    def open_channel(self) -> None:
        """Everybody does."""
        for person in self.people:
            person.show(self.channel.id)

    def is_whole(self) -> bool:
        return not any(person.lacks(room) for person in self.people for room in person.held)


async def _rest(over: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), max(seconds, 0))
