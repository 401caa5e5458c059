"""One socket after its welcome: commands out, each answer to whoever asked, changes to whoever takes them.

Knows the wire and nothing of what the product's own client makes of it: what is judged must not be used to judge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from uuid import UUID, uuid4

from messaging.client import Account, Rest, decode_frame
from messaging.client.frames import encode_command
from messaging.client.keys import counted_keys, random_keys
from messaging.client.wire import Wire, WireError
from messaging.protocol import (
    PAGE_CHANGES,
    Ack,
    AnyChange,
    AnyCommand,
    AnyWrite,
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
    Position,
    Positions,
    PresenceChanged,
    PresencePage,
    ReadMarked,
    ReceiptsChanged,
    WatchConversation,
    WatchPeople,
    Welcome,
)

ANSWER_SECONDS = 5.0
WELCOME_SECONDS = 15.0

Answer = Ack | Error | HistoryPage | ReadMarked | Positions | None
Told = (
    AnyChange
    | ConversationAdded
    | ConversationHinted
    | ConversationRemoved
    | Lagging
    | PresenceChanged
    | PresencePage
    | ReceiptsChanged
)


class Link:
    """`take` gets what comes unasked, with the bytes it came in. `positions` is where everything stood last; `keys` are
    for new writes."""

    def __init__(self, take: Callable[[Told, bytes], None]) -> None:
        self.epoch = 0
        self.positions: dict[UUID, Position] = {}
        self.keys = random_keys()
        self._take_told = take
        self._asked: dict[str, asyncio.Future[Answer]] = {}
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wire: Wire

    @classmethod
    async def open(cls, rest: Rest, account: Account, take: Callable[[Told, bytes], None]) -> Link:
        """Returns once the positions are known. Raises OSError, WireError or TimeoutError."""
        link = cls(take)
        link._wire = await Wire.open(rest.url, await rest.ticket(account), link._take)
        link.closed.add_done_callback(link._release)
        try:
            await asyncio.wait_for(link._welcome, WELCOME_SECONDS)
        except BaseException:
            link.cut()
            raise
        return link

    @property
    def closed(self) -> asyncio.Future[int]:
        return self._wire.closed

    def close(self) -> None:
        self._wire.close()

    def cut(self) -> None:
        self._wire.cut()

    async def write(self, command: AnyWrite) -> Answer:
        return await self._ask(str(command.key), command)

    async def page(self, room: UUID, after: int) -> Answer:
        ref = uuid4().hex
        command = GetHistory(ref=ref, conversation_id=room, after=after, limit=PAGE_CHANGES)
        return await self._ask(ref, command)

    async def mark(self, room: UUID, seq: int) -> Answer:
        ref = uuid4().hex
        return await self._ask(ref, MarkRead(ref=ref, conversation_id=room, seq=seq))

    def watch(self, room: UUID | None) -> None:
        """Not answered."""
        if not self.closed.done():
            self._wire.send(encode_command(WatchConversation(conversation_id=room)))

    def watch_people(self, user_ids: Collection[UUID]) -> None:
        """The answer comes as what is told unasked does."""
        if not self.closed.done():
            self._wire.send(encode_command(WatchPeople(ref=uuid4().hex, user_ids=list(user_ids))))

    async def refresh(self) -> Answer:
        ref = uuid4().hex
        return await self._ask(ref, GetConversations(ref=ref))

    async def _ask(self, name: str, command: AnyCommand) -> Answer:
        """None: the socket closed, or there was no answer in time, and what became of the command is unknown."""
        if self.closed.done():
            return None
        future = self._asked[name] = asyncio.get_running_loop().create_future()
        self._wire.send(encode_command(command))
        try:
            return await asyncio.wait_for(future, ANSWER_SECONDS)
        except TimeoutError:
            return None
        finally:
            self._asked.pop(name, None)

    def _take(self, payload: bytes) -> None:
        frame = decode_frame(payload)
        if isinstance(frame, Welcome):
            self.epoch = frame.epoch
        if isinstance(frame, Positions):
            self.positions |= {position.conversation_id: position for position in frame.conversations}
            if frame.more:
                return
            if not self._welcome.done():
                self._welcome.set_result(None)
        if isinstance(frame, Ack | Error):
            self._answer(str(frame.key) if frame.key else getattr(frame, "ref", None), frame)
        elif isinstance(frame, KeysIssued):
            self.keys = counted_keys(frame.prefix)
        elif isinstance(frame, HistoryPage | ReadMarked | Positions):
            self._answer(frame.ref, frame)
        elif isinstance(frame, Told):
            self._take_told(frame, payload)

    def _answer(self, name: str | None, answer: Answer) -> None:
        future = self._asked.get(name or "")
        if future and not future.done():
            future.set_result(answer)

    def _release(self, closed: asyncio.Future[int]) -> None:
        if not self._welcome.done():
            self._welcome.set_exception(WireError(f"closed with {closed.result()} before the positions came"))
        for future in self._asked.values():
            if not future.done():
                future.set_result(None)
