"""The socket of somebody who comes back, and fetches what they find missing.

Everything told is recorded. It does only what docs/protocol.md asks of a client: it never looks for news on its own, so
what the server forgets to tell stays unseen.
"""

from __future__ import annotations

import asyncio
import random
import time
from uuid import UUID

from messaging.client import Account, GaveUpError, RefusedError, Rest
from messaging.client.wire import WireError
from messaging.protocol import (
    AnyChange,
    Change,
    ConversationAdded,
    ConversationRemoved,
    Error,
    HistoryPage,
    Positions,
    decode_change,
)
from tests.faults.held import Held
from tests.faults.history import INFO, OK, Recorder
from tests.faults.link import Link, Told
from tests.faults.told import described

GAP_SECONDS = 0.2
AGAIN_SECONDS = 0.3
BACK_SECONDS = (0.1, 1.5)
WORTH_ANOTHER_TRY = ("rate_limited", "unavailable", "internal")


class Listener:
    """`rooms`: the conversations this run is about; others are left alone. `fetches` False: gaps stay as they are."""

    def __init__(self, name: str, account: Account, rest: Rest, *, fetches: bool = True) -> None:
        self.name = name
        self.account = account
        self.rooms: set[UUID] = set()
        self.held: dict[UUID, Held] = {}
        self.sockets = 0
        self._rest = rest
        self._fetches = fetches
        self._recorder: Recorder
        self._link: Link | None = None
        self._ready = asyncio.Event()
        self._living: asyncio.Task[None] | None = None
        self._filling: dict[UUID, asyncio.Task[None]] = {}
        self._unsure: set[UUID] = set()

    async def start(self, recorder: Recorder, rooms: set[UUID]) -> None:
        self._recorder, self.rooms, self.held = recorder, rooms, {}
        self._living = asyncio.create_task(self._live())
        await self._ready.wait()

    async def stop(self) -> None:
        tasks = [task for task in (self._living, *self._filling.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._link:
            self._link.close()
        self._link, self._living = None, None
        self._ready.clear()

    def note(self, type: str, f: str, **what: object) -> None:
        self._recorder.note(type, f, who=self.name, **what)

    # --- the socket

    async def _live(self) -> None:
        while True:
            try:
                self.sockets += 1
                link = await Link.open(self._rest, self.account, self._take)
            except (OSError, WireError, TimeoutError, GaveUpError, RefusedError):
                await asyncio.sleep(random.uniform(*BACK_SECONDS))
                continue
            self._link = link
            for room in self.rooms:
                self._learn(link, room)
            self._ready.set()
            code = await link.closed
            self._ready.clear()
            self._link = None
            self.note(INFO, "close", conn=self.sockets, code=str(code))
            await asyncio.sleep(random.uniform(*BACK_SECONDS))

    def _learn(self, link: Link, room: UUID) -> None:
        """Where a conversation stands; listening to a new one begins at what counts as read."""
        position = link.positions.get(room)
        if position is None:
            return
        if room not in self.held:
            self._begin(room, position.read)
        self.held[room].head = max(self.held[room].head, position.head)
        self._fill_if_needed(room)

    def _begin(self, room: UUID, since: int) -> None:
        self.held[room] = Held(since)
        self.note(OK, "began", room=str(room), seq=since)

    # --- what the person is told

    def _take(self, told: Told, payload: bytes) -> None:
        if isinstance(told, Change):
            if told.conversation_id in self.rooms:
                self.note(OK, "live", conn=self.sockets, **described(told, payload))
                self._hold(told)
        elif isinstance(told, ConversationRemoved):
            self.held.pop(told.conversation_id, None)
        elif isinstance(told, ConversationAdded):
            self._look_up(told.conversation_id)
        else:
            for room in list(self.held):
                self._look_up(room)

    def _hold(self, change: AnyChange) -> None:
        held = self.held.get(change.conversation_id)
        if held:
            held.put(change)
            self._fill_if_needed(change.conversation_id)

    def _look_up(self, room: UUID) -> None:
        """Where it stands has to be asked: one was just added to it, or was told that something was left out."""
        if room in self.rooms and self._fetches:
            self._unsure.add(room)
            self._spawn_fill(room)

    def _fill_if_needed(self, room: UUID) -> None:
        if self._fetches and not self.held[room].is_whole:
            self._spawn_fill(room)

    def _spawn_fill(self, room: UUID) -> None:
        if room not in self._filling:
            task = self._filling[room] = asyncio.create_task(self._fill(room))
            task.add_done_callback(lambda _: self._filling.pop(room, None))

    async def _fill(self, room: UUID) -> None:
        """A change that overtook another is given a moment; what stays missing is fetched."""
        await asyncio.sleep(GAP_SECONDS)
        while room in self._unsure or not (room not in self.held or self.held[room].is_whole):
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
