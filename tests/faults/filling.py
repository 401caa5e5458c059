"""What somebody has of their conversations, and how they get what they find missing of it.

It does only what docs/protocol.md asks of a client: it never looks for news on its own, so what the server forgets to
tell stays unseen.
"""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from messaging.protocol import Error, HistoryPage, Positions, decode_change
from tests.faults.held import Held
from tests.faults.history import OK, Recorder
from tests.faults.link import Link
from tests.faults.told import described

GAP_SECONDS = 0.2
AGAIN_SECONDS = 0.3
WORTH_ANOTHER_TRY = ("rate_limited", "unavailable", "internal")


class Holder:
    """`rooms`: the conversations this run is about; others are left alone. `channels`: those of them that are told of
    in hints while they are not `showing`. `fetches` False: gaps stay as they are."""

    def __init__(self, name: str, *, fetches: bool = True) -> None:
        self.name = name
        self.rooms: set[UUID] = set()
        self.channels: set[UUID] = set()
        self.showing: UUID | None = None
        self.held: dict[UUID, Held] = {}
        self.sockets = 0
        self._fetches = fetches
        self._recorder: Recorder
        self._link: Link | None = None
        self._ready = asyncio.Event()
        self._filling: dict[UUID, asyncio.Task[None]] = {}
        self._unsure: set[UUID] = set()
        self._opened: dict[UUID, float] = {}

    def note(self, type: str, f: str, **what: object) -> None:
        self._recorder.note(type, f, who=self.name, **what)

    def lacks(self, room: UUID) -> bool:
        """Whether there is something to fetch; of a channel only while it is shown."""
        if room not in self.held or (room in self.channels and room != self.showing):
            return False
        return room in self._opened or not self.held[room].is_whole

    def _learn(self, link: Link, room: UUID) -> None:
        """Where a conversation stands; listening to a new one begins at what counts as read."""
        position = link.positions.get(room)
        if position is None:
            return
        if room not in self.held:
            self._begin(room, position.read)
        if room in self.channels:
            self.note(OK, "stands", room=str(room), seq=position.head)
        self.held[room].note_head(position.head)
        self._fill_if_needed(room)

    def _begin(self, room: UUID, since: int) -> None:
        self.held[room] = Held(since)
        self.note(OK, "began", room=str(room), seq=since)

    def _look_up(self, room: UUID) -> None:
        """Where it stands has to be asked: one was just added to it, or was told that something was left out."""
        if room in self.rooms and self._fetches:
            self._unsure.add(room)
            self._spawn_fill(room)

    def _fill_if_needed(self, room: UUID) -> None:
        if self._fetches and self.lacks(room):
            self._spawn_fill(room)

    def _spawn_fill(self, room: UUID) -> None:
        if room not in self._filling:
            task = self._filling[room] = asyncio.create_task(self._fill(room))
            task.add_done_callback(lambda _: self._filling.pop(room, None))

    async def _fill(self, room: UUID) -> None:
        """A change that overtook another is given a moment; what stays missing is fetched."""
        await asyncio.sleep(GAP_SECONDS)
        while room in self._unsure or self.lacks(room):
            await self._ready.wait()
            link = self._link
            if link is None or not await self._fill_once(link, room):
                await asyncio.sleep(AGAIN_SECONDS)

    async def _fill_once(self, link: Link, room: UUID) -> bool:
        """Whether there was an answer."""
        if room in self._unsure:
            if not isinstance(await link.refresh(), Positions):
                return False
            self._unsure.discard(room)
            self._learn(link, room)
            return True
        asked = time.monotonic()
        page = await link.page(room, self.held[room].through)
        if isinstance(page, HistoryPage):
            if self._opened.get(room, asked) < asked:
                del self._opened[room]
            self._put_page(page, asked)
        elif isinstance(page, Error) and page.code not in WORTH_ANOTHER_TRY:
            self.held.pop(room, None)  # no member any more
        return isinstance(page, HistoryPage)

    def _put_page(self, page: HistoryPage, asked: float) -> None:
        for content in map(bytes, page.changes):
            change = decode_change(content)
            self.note(OK, "fetched", conn=self.sockets, asked=asked, **described(change, content))
            if held := self.held.get(change.conversation_id):
                held.put(change)
        for content in map(bytes, page.later):
            self.note(OK, "later", conn=self.sockets, asked=asked, **described(decode_change(content), content))
        if held := self.held.get(page.conversation_id):
            held.note_head(page.head)
