"""Somebody at a client that comes back, sends again until the server decides, and fetches what it finds missing.

Everything asked and told is recorded. It does only what docs/protocol.md asks of a client: it never looks for news on
its own, so what the server forgets to tell stays unseen.
"""

from __future__ import annotations

import asyncio
import random
from hashlib import blake2b
from uuid import UUID, uuid4

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
    ReadMarked,
    SendMessage,
    decode_change,
)
from tests.faults.history import FAIL, INFO, INVOKE, OK, Recorder
from tests.faults.link import Link, Told

GAP_SECONDS = 0.2
AGAIN_SECONDS = 0.3
BACK_SECONDS = (0.1, 1.5)
WORTH_ANOTHER_TRY = ("rate_limited", "unavailable", "internal")


def described(change: AnyChange, content: bytes) -> dict[str, object]:
    """A change as the recorded history has it; in the place of a body, whom a change of membership is about."""
    return {
        "room": str(change.conversation_id),
        "seq": change.seq,
        "key": str(change.key),
        "kind": str(change.__struct_config__.tag),
        "author": str(change.author_id),
        "body": str(getattr(change, "body", getattr(change, "user_id", ""))),
        "digest": blake2b(content, digest_size=8).hexdigest(),
    }


class Held:
    """What somebody has of one conversation: everything above `since` up to `through`, and `early` above that."""

    def __init__(self, since: int) -> None:
        self.through = since
        self.head = since
        self.early: set[int] = set()

    def put(self, seq: int) -> None:
        self.head = max(self.head, seq)
        if seq > self.through:
            self.early.add(seq)
        while self.through + 1 in self.early:
            self.through += 1
            self.early.discard(self.through)

    @property
    def is_whole(self) -> bool:
        return self.through >= self.head


class Person:
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

    # --- what the person does

    async def say(self, room: UUID, body: str) -> int:
        """The message's number once it is stored, 0 when it was refused."""
        command = SendMessage(key=uuid4(), conversation_id=room, body=body)
        seq = await self._send(command)
        if seq and random.random() < 0.03:
            # As if the acknowledgement had been lost.
            await self._send(command)
        return seq

    async def _send(self, command: SendMessage) -> int:
        what = {"room": str(command.conversation_id), "key": str(command.key)}
        self.note(INVOKE, "send", body=command.body, **what)
        while True:
            await self._ready.wait()
            link = self._link
            answer = await link.send(command) if link else None
            if answer is None:
                self.note(INFO, "send", code="no answer", **what)
                if link:
                    link.cut()  # one that does not answer is left for another
                    await asyncio.wait([link.closed])
            elif not isinstance(answer, Error):
                seq = answer.seq  # type: ignore[union-attr]
                self.note(OK, "send", seq=seq, **what)
                return int(seq)
            elif answer.code in WORTH_ANOTHER_TRY:
                self.note(INFO, "send", code=answer.code, **what)
                await asyncio.sleep(answer.retry_after or AGAIN_SECONDS)
            else:
                self.note(FAIL, "send", code=answer.code, **what)
                return 0

    async def mark(self, room: UUID, seq: int) -> None:
        self.note(INVOKE, "mark", room=str(room), seq=seq)
        link = self._link
        answer = await link.mark(room, seq) if link and self._ready.is_set() else None
        if isinstance(answer, ReadMarked):
            self.note(OK, "mark", room=str(room), seq=seq, read=answer.read)
        else:
            self.note(INFO, "mark", room=str(room), seq=seq)

    async def peek(self, room: UUID) -> None:
        """Ask for what is not this person's to see any more."""
        link = self._link
        answer = await link.page(room, 0) if link and self._ready.is_set() else None
        if answer is not None and not (isinstance(answer, Error) and answer.code in WORTH_ANOTHER_TRY):
            self.note(FAIL if isinstance(answer, Error) else OK, "peek", room=str(room))

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
            held.put(change.seq)
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
        page = await link.page(room, self.held[room].through)
        if isinstance(page, HistoryPage):
            self._put_page(page)
        elif isinstance(page, Error) and page.code not in WORTH_ANOTHER_TRY:
            self.held.pop(room, None)  # no member any more
        return isinstance(page, HistoryPage)

    def _put_page(self, page: HistoryPage) -> None:
        for raw in page.changes:
            content = bytes(raw)
            change = decode_change(content)
            self.note(OK, "fetched", conn=self.sockets, **described(change, content))
            if held := self.held.get(change.conversation_id):
                held.put(change.seq)
