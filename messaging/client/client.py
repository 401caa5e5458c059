"""A signed-in person's client: keeps one socket open, every timeline whole, and the outbox moving.

What the server tells is put where it belongs; what is missing is fetched. The caller decides what to do with it.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from messaging.client.errors import DisconnectedError, GaveUpError, RefusedError
from messaging.client.frames import Decode, decode_frame, encode_command
from messaging.client.keys import counted_keys, random_keys
from messaging.client.outbox import Entry, Outbox
from messaging.client.pauses import RESTARTING_SECONDS, Pauses
from messaging.client.rest import Account, Rest
from messaging.client.timeline import Timeline
from messaging.client.wire import Wire, WireError
from messaging.protocol import (
    PAGE_CHANGES,
    Ack,
    AnyChange,
    AnyCommand,
    AnyWrite,
    Change,
    ConversationAdded,
    ConversationHinted,
    ConversationRemoved,
    Error,
    GetConversations,
    GetHistory,
    HistoryPage,
    KeysIssued,
    Lagging,
    MarkRead,
    Ping,
    Pong,
    Position,
    Positions,
    ReadMarked,
    SendMessage,
    Welcome,
)

GAP_WAIT_SECONDS = 0.2
ANSWER_SECONDS = 60.0
PING_SECONDS = 15.0
# The server restarts, or was restored: all its clients come back.
CLOSES_FOR_ALL = (1012, 4012)
# Signed out, or our frames are bad: coming back would not help.
CLOSES_FOR_GOOD = (4001, 4002)

Event = TypeVar("Event")


class Client:
    """`start`, then `say`; `close` at the end. In a new epoch of the server `timelines` and `positions` begin anew.
    `conversations` are those it was told of or that a position named."""

    def __init__(self, rest: Rest, account: Account, *, decode: Decode = decode_frame) -> None:
        self.account = account
        self.timelines: dict[UUID, Timeline] = {}
        self.positions: dict[UUID, Position] = {}
        self.reconnects = 0
        self.gaps_filled = 0
        self._rest = rest
        self._decode = decode
        self._epoch: int | None = None
        self._wire: Wire | None = None
        self._failure: BaseException | None = None
        self._ready = asyncio.Event()
        self._outbox = Outbox(self._write)
        self._keys = random_keys()
        self._asked: dict[str, asyncio.Future[Any]] = {}
        self._filling: dict[UUID, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    # --- what the caller does

    async def start(self) -> None:
        """Returns once the first socket is open and the positions are known. Raises what made that impossible."""
        connected = asyncio.create_task(self._stay_connected())
        connected.add_done_callback(self._ended)
        self._tasks = [connected, asyncio.create_task(self._watch())]
        await self._ready.wait()
        self._check_failure()

    async def close(self) -> None:
        for task in [*self._tasks, *self._filling.values()]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._filling.values(), return_exceptions=True)
        if self._wire:
            self._wire.close()

    def say(self, conversation_id: UUID, body: str) -> Entry:
        """Into the outbox; `done` of the entry tells how it went."""
        return self.write(SendMessage(key=next(self._keys), conversation_id=conversation_id, body=body))

    def write(self, command: AnyWrite) -> Entry:
        """Any write, in its conversation's order."""
        return self._outbox.put(command)

    async def refresh(self) -> dict[UUID, Position]:
        """Ask where everything stands; what turns out to be missing is being fetched when this returns."""
        await self._ask(lambda ref: GetConversations(ref=ref), Positions)
        return self.positions

    async def settled(self) -> None:
        """Returns when every timeline is whole, as far as this client knows."""
        while self._filling:
            await asyncio.gather(*self._filling.values(), return_exceptions=True)

    async def mark_read(self, conversation_id: UUID, seq: int) -> ReadMarked:
        return await self._ask(lambda ref: MarkRead(conversation_id=conversation_id, seq=seq, ref=ref), ReadMarked)

    async def read_history(self, conversation_id: UUID) -> list[AnyChange]:
        """Everything, from the first change to the last, by the socket's pages."""
        changes: list[AnyChange] = []
        while True:
            page = await self._page(conversation_id, changes[-1].seq if changes else 0)
            changes += self._changes(page.changes)
            if page.complete or not page.changes:
                return changes

    # --- the socket

    async def _stay_connected(self) -> None:
        pauses = Pauses(self._rest.patience_seconds)
        while True:
            try:
                self._wire = await Wire.open(self._rest.url, await self._rest.ticket(self.account), self._take)
            except (OSError, WireError) as error:
                await pauses.rest(repr(error))
                continue
            code = await self._wire.closed
            if self._ready.is_set():
                pauses.succeeded()
            self._disconnected()
            if code in CLOSES_FOR_GOOD:
                raise GaveUpError(f"the server closed the socket with {code}")
            self.reconnects += 1
            await pauses.rest(code, at_least=random.uniform(0, RESTARTING_SECONDS) if code in CLOSES_FOR_ALL else 0)

    def _ended(self, connected: asyncio.Task[None]) -> None:
        """No socket will come any more: whoever waits is told, and whoever asks from now on."""
        if connected.cancelled():
            return
        self._failure = connected.exception() or GaveUpError("the client has ended")
        self._outbox.give_up(self._failure)
        self._ready.set()

    def _check_failure(self) -> None:
        if self._failure:
            raise self._failure

    def _disconnected(self) -> None:
        self._wire = None
        self._keys = random_keys()
        self._ready.clear()
        for future in self._asked.values():
            if not future.done():
                future.set_exception(DisconnectedError())
        self._asked.clear()
        for timeline in self.timelines.values():
            timeline.reconnected()

    async def _watch(self) -> None:
        """Silence is answered with a ping, and silence after that with a new socket."""
        while True:
            await asyncio.sleep(PING_SECONDS * random.uniform(0.8, 1.2))
            if self._wire is None or not self._ready.is_set():
                continue
            self._outbox.send_overdue()
            silence = time.monotonic() - self._wire.heard
            if silence > 3 * PING_SECONDS:
                self._wire.cut()
            elif silence > PING_SECONDS:
                self._write(Ping())

    def _write(self, command: AnyCommand) -> bool:
        """Nothing is written before the welcome: what waits is sent then."""
        if self._wire is None or not self._ready.is_set():
            return False
        self._wire.send(encode_command(command))
        return True

    async def _ask(self, make: Callable[[str], AnyCommand], kind: type[Event]) -> Event:
        """Ask until there is an answer, over reconnects. Raises RefusedError, or GaveUpError."""
        pauses = Pauses(self._rest.patience_seconds)
        while True:
            await self._ready.wait()
            self._check_failure()
            ref = uuid.uuid4().hex
            future = self._asked[ref] = asyncio.get_running_loop().create_future()
            self._write(make(ref))
            try:
                answer = await asyncio.wait_for(future, ANSWER_SECONDS)
            except (DisconnectedError, TimeoutError) as cause:
                await pauses.rest(repr(cause))
                continue
            finally:
                self._asked.pop(ref, None)
            if isinstance(answer, kind):
                return answer
            if not isinstance(answer, Error) or answer.code not in ("rate_limited", "unavailable", "internal"):
                raise RefusedError(getattr(answer, "code", "unexpected"), str(answer))
            await pauses.rest(answer.code, at_least=answer.retry_after or 0)

    # --- what it is told

    def _take(self, payload: bytes) -> None:
        frame = self._decode(payload)
        if isinstance(frame, Change):
            timeline = self._timeline(frame.conversation_id)
            timeline.arrive(frame)
            if timeline.through < timeline.head:
                self._fill(frame.conversation_id)
        elif taker := _TAKERS.get(type(frame)):
            taker(self, frame)

    def _timeline(self, conversation_id: UUID) -> Timeline:
        timeline = self.timelines.get(conversation_id)
        if timeline is None:
            timeline = self.timelines[conversation_id] = Timeline()
        return timeline

    def _take_welcome(self, welcome: Welcome) -> None:
        """In another epoch the numbers that are known may be other changes': nothing was ever heard of it."""
        if self._epoch not in (None, welcome.epoch):
            self.timelines.clear()
            self.positions.clear()
            for task in self._filling.values():
                task.cancel()
            self._filling = {}
            self._outbox.begin_epoch()
        self._epoch = welcome.epoch

    def _take_positions(self, page: Positions) -> None:
        for position in page.conversations:
            self.positions[position.conversation_id] = position
            timeline = self._timeline(position.conversation_id)
            timeline.begin(position.read)
            timeline.note_head(position.head)
            if not timeline.is_whole:
                self._fill(position.conversation_id)
        if not page.more:
            self._answer(page.ref, page)
            if not self._ready.is_set():
                self._ready.set()
                self._outbox.send_all()

    def _take_ack(self, ack: Ack) -> None:
        self._outbox.answered(ack)

    def _take_error(self, error: Error) -> None:
        if error.key:
            self._outbox.refused(error)
        else:
            self._answer(error.ref, error)

    def _take_answer(self, answer: HistoryPage | ReadMarked | Pong) -> None:
        self._answer(answer.ref, answer)

    def _take_keys(self, issued: KeysIssued) -> None:
        self._keys = counted_keys(issued.prefix)

    def _take_lagging(self, lagging: Lagging) -> None:
        self._write(GetConversations())

    def _take_added(self, added: ConversationAdded) -> None:
        self._timeline(added.conversation_id)

    def _take_hinted(self, hinted: ConversationHinted) -> None:
        self._timeline(hinted.conversation_id).note_head(hinted.head)
        self._fill(hinted.conversation_id)

    def _take_removed(self, removed: ConversationRemoved) -> None:
        self._timeline(removed.conversation_id).end()

    def _answer(self, ref: str | None, answer: object) -> None:
        future = self._asked.get(ref or "")
        if future and not future.done():
            future.set_result(answer)

    # --- gaps

    def _fill(self, conversation_id: UUID) -> None:
        if conversation_id not in self._filling:
            task = self._filling[conversation_id] = asyncio.create_task(self._fill_gap(conversation_id))
            task.add_done_callback(lambda done: self._filled(conversation_id, done))

    def _filled(self, conversation_id: UUID, task: asyncio.Task[None]) -> None:
        if self._filling.get(conversation_id) is task:
            del self._filling[conversation_id]

    async def _fill_gap(self, conversation_id: UUID) -> None:
        """A live change that overtook another is given a moment; what stays missing is fetched."""
        await asyncio.sleep(GAP_WAIT_SECONDS)
        timeline = self._timeline(conversation_id)
        while not timeline.is_whole:
            self.gaps_filled += 1
            try:
                page = await self._page(conversation_id, timeline.through)
            except RefusedError:
                return  # no member any more
            for change in self._changes(page.changes):
                timeline.put(change)
            for change in self._changes(page.later):
                timeline.put_later(change)
            if not page.changes:
                return

    async def _page(self, conversation_id: UUID, after: int) -> HistoryPage:
        return await self._ask(
            lambda ref: GetHistory(ref=ref, conversation_id=conversation_id, after=after, limit=PAGE_CHANGES),
            HistoryPage,
        )

    def _changes(self, contents: Sequence[msgspec.Raw]) -> list[AnyChange]:
        decoded = (self._decode(bytes(content)) for content in contents)
        return [change for change in decoded if isinstance(change, Change)]


_TAKERS: dict[type, Callable[[Client, Any], None]] = {
    Welcome: Client._take_welcome,
    Positions: Client._take_positions,
    Ack: Client._take_ack,
    Error: Client._take_error,
    HistoryPage: Client._take_answer,
    ReadMarked: Client._take_answer,
    Pong: Client._take_answer,
    KeysIssued: Client._take_keys,
    Lagging: Client._take_lagging,
    ConversationAdded: Client._take_added,
    ConversationHinted: Client._take_hinted,
    ConversationRemoved: Client._take_removed,
}
