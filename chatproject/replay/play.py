"""The crowd on the stage: one client per person, one group per file, every line said over its speaker's own socket."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from math import inf
from typing import TypeVar
from uuid import UUID

from chatproject.replay.logs import Act, Join, Minute, Say, Script
from chatproject.replay.observed import Played, Seat, Sent
from messaging.client import Client, Entry, RefusedError, Rest, Timeline, remembering
from messaging.protocol import SendMessage

AT_ONCE = 12
# Each costs the server a slow hash on all its cores; more at once would only make the others wait.
SIGN_UPS_AT_ONCE = 4
USERNAME_CHARACTERS = 20

Item = TypeVar("Item")


class Crowd:
    """People by nick, signed up and connected. The keeper makes the groups and listens in all of them."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        self.suffix = secrets.token_hex(4)
        self.people: dict[str, Client] = {}
        self.keeper: Client
        self._clients: list[Client] = []
        self._decode = remembering()
        self._password = secrets.token_urlsafe(16)

    def clients(self) -> list[Client]:
        return self._clients

    async def arrive(self, nicks: Iterable[str], progress: Callable[[], None]) -> None:
        """Everybody gets an account and a socket."""

        async def enter(numbered: tuple[int, str]) -> None:
            number, nick = numbered
            self.people[nick] = await self._enter(f"{_safe(nick)}.{number}.{self.suffix}", nick)
            progress()

        self.keeper = await self._enter(f"keeper.{self.suffix}", "Keeper of the replay")
        await for_each(enumerate(nicks, 1), enter, SIGN_UPS_AT_ONCE)

    async def _enter(self, username: str, display_name: str) -> Client:
        account = await self.rest.sign_up(username, self._password, display_name=display_name)
        client = Client(self.rest, account, decode=self._decode)
        self._clients.append(client)
        await client.start()
        return client

    async def depart(self) -> None:
        await for_each(self.clients(), Client.close)


def _safe(nick: str) -> str:
    """What a username may hold of a nick; it begins with a letter or digit."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", nick).lstrip("_-")[:USERNAME_CHARACTERS] or "nick"


async def for_each(items: Iterable[Item], work: Callable[[Item], Awaitable[None]], at_once: int = AT_ONCE) -> None:
    """Do the work for all of them, a few at a time; the first failure ends it."""
    limit = asyncio.Semaphore(at_once)

    async def one(item: Item) -> None:
        async with limit:
            await work(item)

    async with asyncio.TaskGroup() as tasks:
        for item in items:
            tasks.create_task(one(item))


@dataclass(slots=True)
class Said:
    """A line and what became of it."""

    client: Client
    entry: Entry
    refusal: str = ""

    async def stored(self) -> None:
        try:
            await self.entry.done
        except RefusedError as error:
            self.refusal = str(error)

    def as_sent(self) -> Sent:
        command, ack = self.entry.command, self.entry.ack
        assert isinstance(command, SendMessage)
        return Sent(
            key=command.key,
            author_id=self.client.account.user_id,
            body=command.body,
            began=self.entry.began,
            acked=self.entry.acked,
            seq=ack.seq if ack else 0,
            tries=self.entry.tries,
            refusal=self.refusal,
        )


@dataclass(slots=True)
class Stage:
    """One file's group. `speed` 0 waits for nothing but the answers; f plays a minute in 60/f seconds."""

    crowd: Crowd
    script: Script
    speed: float
    progress: Callable[[], None]
    group_id: UUID = field(init=False)
    name: str = field(init=False)
    said: list[Said] = field(default_factory=list)
    came: dict[str, int] = field(default_factory=dict)
    away: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    async def prepare(self, progress: Callable[[], None]) -> None:
        """The group, and those who are there from the start."""

        async def join(nick: str) -> None:
            await self._join(nick)
            progress()

        self.name = f"{self.script.name} {self.crowd.suffix}"
        self.group_id = await self.crowd.rest.make_public_group(self.crowd.keeper.account, self.name)
        await for_each(self.script.present, join)

    async def play(self) -> None:
        started = time.monotonic()
        for minute in self.script.minutes:
            if self.speed:
                due = started + (minute.at - self.script.minutes[0].at) * 60 / self.speed
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._play_minute(minute)

    async def _play_minute(self, minute: Minute) -> None:
        """Everybody at once, and each in their own order."""
        by_person: dict[str, list[Act]] = {}
        for act in minute.acts:
            by_person.setdefault(act.nick, []).append(act)
        async with asyncio.TaskGroup() as tasks:
            for nick, acts in by_person.items():
                tasks.create_task(self._perform(nick, acts))

    async def _perform(self, nick: str, acts: list[Act]) -> None:
        """Lines follow each other in the outbox; coming and going waits for what was said before."""
        waiting: list[Said] = []
        for act in acts:
            if isinstance(act, Say):
                waiting.append(self._say(nick, act.body))
                continue
            await self._all_stored(waiting)
            waiting = []
            await (self._join(nick) if isinstance(act, Join) else self._leave(nick))
        await self._all_stored(waiting)

    def _say(self, nick: str, body: str) -> Said:
        client = self.crowd.people[nick]
        said = Said(client, client.say(self.group_id, body))
        self.said.append(said)
        return said

    async def _all_stored(self, waiting: list[Said]) -> None:
        for said in waiting:
            await said.stored()
            self.progress()

    async def _join(self, nick: str) -> None:
        away = self.away.get(nick)
        if away:
            away[-1] = (away[-1][0], time.monotonic())
        await self.crowd.rest.join(self.crowd.people[nick].account, self.name)
        self.came[nick] = self.came.get(nick, 0) + 1

    async def _leave(self, nick: str) -> None:
        await self.crowd.rest.leave(self.crowd.people[nick].account, self.group_id)
        self.away.setdefault(nick, []).append((time.monotonic(), inf))

    def observed(self) -> Played:
        """What was seen so far, with what the clients hold."""
        seats = [self._seat(self.crowd.keeper, "keeper", came=1)]
        seats += [self._seat(self.crowd.people[nick], nick, came=came) for nick, came in self.came.items()]
        return Played(self.name, [said.as_sent() for said in self.said], seats)

    def _seat(self, client: Client, nick: str, *, came: int) -> Seat:
        # Who came and left while their socket was down was never told of the group.
        timeline = client.timelines.get(self.group_id, Timeline())
        away = self.away.get(nick, []) if client is not self.crowd.keeper else []
        return Seat(nick, client.account.user_id, came, away, held=timeline.changes, live=timeline.live)
