"""The socket of somebody who comes back when it is lost. Everything told is recorded."""

from __future__ import annotations

import asyncio
import random
import time
from uuid import UUID, uuid4

from messaging.client import Account, GaveUpError, RefusedError, Rest
from messaging.client.wire import WireError
from messaging.protocol import (
    AnyChange,
    Change,
    ConversationAdded,
    ConversationHinted,
    ConversationRemoved,
    Lagging,
    PresenceChanged,
    PresencePage,
    ReceiptsChanged,
)
from tests.faults.filling import Holder
from tests.faults.history import INFO, INVOKE, OK, Recorder
from tests.faults.link import Link, Told
from tests.faults.told import described, hinted, received

BACK_SECONDS = (0.1, 1.5)


class Listener(Holder):
    """`watched`: of whom they want to know whether they are connected."""

    def __init__(self, name: str, account: Account, rest: Rest, *, fetches: bool = True) -> None:
        super().__init__(name, fetches=fetches)
        self.account = account
        self._rest = rest
        self.watched: list[UUID] = []
        self._living: asyncio.Task[None] | None = None
        self._epoch: int | None = None

    async def start(self, recorder: Recorder, rooms: set[UUID], channels: set[UUID]) -> None:
        self._recorder, self.rooms, self.channels, self.held = recorder, rooms, channels, {}
        self._living = asyncio.create_task(self._live())
        await self._ready.wait()

    async def stop(self) -> None:
        tasks = [task for task in (self._living, *self._filling.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._link:
            self._link.close()
        self._link, self._living, self.showing, self.watched = None, None, None, []
        self._ready.clear()

    def new_key(self) -> UUID:
        """Of a kind that the server knows to be new, where it said how."""
        return next(self._link.keys) if self._link else uuid4()

    def show(self, room: UUID | None) -> None:
        """This conversation, and no other any more; what was said in it meanwhile is fetched."""
        self.showing = room
        self.note(OK, "shows", room=str(room or ""))
        if self._link:
            self._open(self._link)

    def watch_people(self, user_ids: list[UUID]) -> None:
        self.watched = user_ids
        if self._link:
            self._link.watch_people(user_ids)

    # --- the socket

    async def _live(self) -> None:
        while True:
            try:
                self.sockets += 1
                link = await Link.open(self._rest, self.account, self._take)
            except (OSError, WireError, TimeoutError, GaveUpError, RefusedError):
                await asyncio.sleep(random.uniform(*BACK_SECONDS))
                continue
            if self._epoch not in (None, link.epoch):
                self.held = {}  # another epoch: nothing that was told counts any more
            self._link, self._epoch = link, link.epoch
            for room in self.rooms:
                self._learn(link, room)
            if self.showing:
                self._open(link)
            if self.watched:
                link.watch_people(self.watched)
            self.note(OK, "open", conn=self.sockets, author=str(self.account.user_id))
            self._ready.set()
            code = await link.closed
            self._ready.clear()
            self._link = None
            self.note(INFO, "close", conn=self.sockets, code=str(code))
            await asyncio.sleep(random.uniform(*BACK_SECONDS))

    def _open(self, link: Link) -> None:
        link.watch(self.showing)
        if self.showing in self.channels:
            self._opened[self.showing] = time.monotonic()
            self._fill_if_needed(self.showing)

    # --- what the person is told

    def _take(self, told: Told, payload: bytes) -> None:
        if isinstance(told, PresenceChanged | PresencePage):
            self._note_people(told)
        elif isinstance(told, Lagging):
            for held in list(self.held):
                self._look_up(held)
        elif told.conversation_id in self.rooms:
            self._take_of_room(told, payload)

    def _take_of_room(self, told: Told, payload: bytes) -> None:
        match told:
            case Change():
                self.note(OK, "live", conn=self.sockets, **described(told, payload))
                self._hold(told)
            case ConversationHinted():
                self._take_hint(told)
            case ReceiptsChanged():
                self._note_receipts(told)
            case ConversationRemoved():
                self.held.pop(told.conversation_id, None)
            case ConversationAdded():
                self._look_up(told.conversation_id)
                if self._link and told.conversation_id == self.showing:
                    self._open(self._link)  # whoever was removed showed it no more

    def _note_people(self, told: PresenceChanged | PresencePage) -> None:
        for person in told.people:
            self.note(OK, "seen", author=str(person.user_id), body=person.state)

    def _note_receipts(self, told: ReceiptsChanged) -> None:
        room = str(told.conversation_id)
        if told.whole:
            self.note(INVOKE, "receipts", room=room)
        for receipt in told.people:
            self.note(OK, "receipts", room=room, **received(receipt))

    def _hold(self, change: AnyChange) -> None:
        held = self.held.get(change.conversation_id)
        if held:
            held.put(change)
            self._fill_if_needed(change.conversation_id)

    def _take_hint(self, hint: ConversationHinted) -> None:
        """What was left out before it has to be asked for."""
        self.note(OK, "hinted", conn=self.sockets, **hinted(hint))
        if held := self.held.get(hint.conversation_id):
            if hint.after > held.head:
                self._look_up(hint.conversation_id)
            held.note_head(hint.head)
            self._fill_if_needed(hint.conversation_id)
