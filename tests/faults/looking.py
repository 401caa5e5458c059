"""What people find at rest: everybody reads everything, twice, through two workers' own addresses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from messaging.client import Rest
from messaging.client.wire import WireError
from messaging.protocol import HistoryPage, MessageDeleted, Position, Receipt, decode_change
from tests.faults.crowd import Crowd
from tests.faults.history import OK, Recorder
from tests.faults.link import Link
from tests.faults.person import Person
from tests.faults.rooms import Room
from tests.faults.told import described, received

LOOKS_AT_ONCE = 8
BETWEEN_LOOKS_SECONDS = 2.0
LOOK_SECONDS = 60.0
AGAIN_SECONDS = 0.2
# The versions of so many deleted messages an owner asks for in each room.
VERSIONS_ASKED = 5


async def look(crowd: Crowd, recorder: Recorder, workers: Sequence[tuple[str, str]]) -> None:
    for turn in range(2):
        if turn:
            await asyncio.sleep(BETWEEN_LOOKS_SECONDS)
        limit = asyncio.Semaphore(LOOKS_AT_ONCE)
        rests = [(name, Rest(url)) for name, url in workers]
        await asyncio.gather(
            *(
                _look_through(crowd, person, *rests[(number + turn) % len(rests)], recorder, limit)
                for number, person in enumerate(crowd.people)
            )
        )
        for _, rest in rests:
            await rest.close()


async def _look_through(
    crowd: Crowd, person: Person, by: str, rest: Rest, recorder: Recorder, limit: asyncio.Semaphore
) -> None:
    async with limit, asyncio.timeout(LOOK_SECONDS):
        while True:
            with suppress(OSError, WireError, TimeoutError):
                link = await Link.open(rest, person.account, lambda told, payload: None)
                break
        try:
            for room in sorted(crowd.rooms, key=lambda room: room.id):
                if person in room.people and room.id in link.positions:
                    await Look(link, rest, person, by, room, recorder).take()
        finally:
            link.close()


@dataclass(slots=True)
class Look:
    """Of one person, at one room. `deleted`: messages that were deleted, as far as was read."""

    link: Link
    rest: Rest
    person: Person
    by: str
    room: Room
    recorder: Recorder
    deleted: set[int] = field(default_factory=set)

    def note(self, f: str, **what: object) -> None:
        self.recorder.note(OK, f, who=self.person.name, by=self.by, **{"room": str(self.room.id), **what})

    async def take(self) -> None:
        position = self.link.positions[self.room.id]
        await self._read_all()
        if self.person is self.room.owner:
            await self._ask_for_pins()
            await self._ask_for_versions()
            await self._ask_for_receipts()
        self._note_preview(position)
        self.note(
            "look",
            seq=position.head,
            read=position.read,
            unread=position.unread,
            mentioned=position.mentions,
        )

    async def _read_all(self) -> None:
        read_up_to = 0
        while True:
            asked = time.monotonic()
            page = await self.link.page(self.room.id, read_up_to)
            if not isinstance(page, HistoryPage):
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            names = {"asked": asked, "above": read_up_to}
            for f, contents in (("stored", page.changes), ("beside", page.later)):
                for content in map(bytes, contents):
                    change = decode_change(content)
                    self.note(f, **names, **described(change, content))
                    if isinstance(change, MessageDeleted):
                        self.deleted.add(change.target)
            if page.complete or not page.changes:
                return
            read_up_to = decode_change(bytes(page.changes[-1])).seq

    async def _ask_for_pins(self) -> None:
        answer = await self._get("pins")
        self.note("pins", seqs=[pin["seq"] for pin in answer["results"]])

    async def _ask_for_versions(self) -> None:
        for seq in islice(sorted(self.deleted), VERSIONS_ASKED):
            asked = time.monotonic()
            answer = await self._get(f"messages/{seq}/versions")
            for version in answer["results"]:
                self.note("version", target=seq, asked=asked, body=version.get("body", ""))

    async def _ask_for_receipts(self) -> None:
        """In a channel there are none."""
        answer = await self._get("receipts")
        for person in answer["people"]:
            self.note("reached", **received(msgspec.convert(person, Receipt)))

    async def _get(self, path: str) -> dict[str, list[dict[str, object]]]:
        return await self.rest.call("GET", f"conversations/{self.room.id}/{path}", account=self.person.account)

    def _note_preview(self, position: Position) -> None:
        if preview := position.preview:
            self.note("preview", seq=preview.seq, body=preview.text, deleted=preview.deleted)
