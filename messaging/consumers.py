"""Frames to commands, events to frames; nothing else. One consumer is one socket."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from msgspec import UNSET

from accounts.errors import RateLimitedError, RefusalError
from accounts.tickets import tickets
from messaging import actions
from messaging.errors import InternalError, MalformedError, TooManySocketsError, UnknownTypeError
from messaging.handshake import is_own_origin, offered_ticket
from messaging.history import Stored
from messaging.hub import CLOSE_TOO_SLOW
from messaging.keys import written
from messaging.outlet import BACKLOG_BYTES_MOST, DirectOutlet, Frame, Outlet, QueueOutlet
from messaging.protocol import (
    BODY_CHARACTERS,
    PAGE_CHANGES,
    PEOPLE_A_PAGE,
    SUBPROTOCOL,
    Ack,
    AddReaction,
    AnyCommand,
    AnyWrite,
    DeleteMessage,
    EditMessage,
    Error,
    Event,
    ForwardMessage,
    GetConversations,
    GetHistory,
    HistoryPage,
    KeysIssued,
    MarkRead,
    MarkUnread,
    Ping,
    PinMessage,
    Pong,
    Positions,
    PresencePage,
    RemoveReaction,
    SendMessage,
    SetPresence,
    StartTyping,
    UnpinMessage,
    WatchConversation,
    WatchPeople,
    Welcome,
    Write,
    decode_command,
    encode,
    named,
    raw,
)
from messaging.room import Connection
from messaging.worker import current_worker

HEARTBEAT_SECONDS = 25
POSITIONS_A_PAGE = 200
BAD_FRAMES_MOST = 5
BAD_FRAMES_SECONDS = 60.0
DRAIN_SECONDS_MOST = 10.0
CLOSE_BAD_FRAMES = 4002
CLOSE_TOO_MANY_SOCKETS = 4009
CLOSE_UNAVAILABLE = 4013

logger = logging.getLogger(__name__)


class ChatConsumer(AsyncConsumer):
    """Takes frame after frame itself, without what Channels does for each: a task to wait for it, since it could come
    from a layer as well, and a hop to a thread, since a handler could have used the ORM. Here neither is so."""

    connection: Connection | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        self.bad_frames: list[float] = []
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            self._leave()

    def _leave(self) -> None:
        if self.connection:
            current_worker().hub.leave(self.connection)
            self.connection.outlet.release()

    async def dispatch(self, message: dict[str, Any]) -> None:
        await _HANDLERS[message["type"]](self, message)

    # --- the socket

    async def connect(self, message: dict[str, Any]) -> None:
        ticket = None
        if is_own_origin(self.scope["headers"]) and (text := offered_ticket(self.scope["subprotocols"])):
            ticket = await tickets().redeem(text)
        if ticket is None:
            await self.send({"type": "websocket.close"})
            raise StopConsumer
        await self.send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        self.connection = Connection(ticket.user_id, ticket.session_id, self._outlet())
        try:
            await actions.enter(self.connection)
            self._tell(_welcome(ticket.user_id))
            self._issue_keys()
            await self._tell_positions(None)
        except RefusalError as error:
            self._refuse(error)
            too_many = isinstance(error, TooManySocketsError)
            await self._dismiss(CLOSE_TOO_MANY_SOCKETS if too_many else CLOSE_UNAVAILABLE)

    async def disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer

    async def receive(self, message: dict[str, Any]) -> None:
        """What a socket that was let go still sends, or sent before and we had not read, counts for nothing."""
        if not self._is_here():
            return
        await self._drained()
        text = message.get("text")
        command: AnyCommand | None = None
        try:
            if text is None:
                raise MalformedError
            command = decode_command(text)
            self._check_pace(command)
            await _COMMANDS[type(command)](self, command)
        except RefusalError as error:
            await self._answer_refusal(error, command, text)
        except Exception:
            logger.exception("a command failed")
            await self._answer_refusal(InternalError(), command, text)

    def _outlet(self) -> Outlet:
        transport = self.scope.get("extensions", {}).get("parley.transport")
        return DirectOutlet(transport, self.send) if transport else QueueOutlet(self.send)

    def _is_here(self) -> bool:
        connection = self.connection
        return connection is not None and connection in current_worker().hub.of_user(connection.user_id)

    async def _dismiss(self, code: int) -> None:
        await current_worker().hub.dismiss(self._here, code)

    @property
    def _here(self) -> Connection:
        assert self.connection
        return self.connection

    def _check_pace(self, command: AnyCommand) -> None:
        """Writes have a limit of their own."""
        if isinstance(command, Write):
            return
        if wait := current_worker().commands.take(self._here.user_id, time.monotonic()):
            raise RateLimitedError(wait)

    # --- commands

    async def write(self, command: AnyWrite) -> None:
        """The next frame is read while this one is being stored: the answer comes when it is durable."""
        stored = await actions.begin_write(self._here.user_id, command)
        stored.add_done_callback(partial(self._acknowledge, command))
        self._issue_keys()

    async def mark_read(self, command: MarkRead) -> None:
        await actions.mark_read(
            self._here.user_id,
            conversation_id=command.conversation_id,
            seq=command.seq,
            ref=command.ref or None,
        )

    async def mark_unread(self, command: MarkUnread) -> None:
        await actions.mark_unread(
            self._here.user_id,
            conversation_id=command.conversation_id,
            seq=command.seq,
            ref=command.ref or None,
        )

    async def get_history(self, command: GetHistory) -> None:
        page = await actions.read_history(
            self._here.user_id,
            conversation_id=command.conversation_id,
            after=None if command.after is UNSET else command.after,
            before=None if command.before is UNSET else command.before,
            limit=command.limit,
        )
        self._tell(
            HistoryPage(
                ref=command.ref,
                conversation_id=command.conversation_id,
                head=page.head,
                complete=page.complete,
                changes=raw(page.changes),
                later=raw(page.later),
            )
        )

    async def get_conversations(self, command: GetConversations) -> None:
        await self._tell_positions(command.ref or None)

    async def watch_conversation(self, command: WatchConversation) -> None:
        await actions.watch_conversation(self._here, command.conversation_id)

    async def start_typing(self, command: StartTyping) -> None:
        await actions.start_typing(self._here.user_id, command.conversation_id)

    async def watch_people(self, command: WatchPeople) -> None:
        people = await actions.watch_people(self._here, command.user_ids)
        for start in range(0, max(len(people), 1), PEOPLE_A_PAGE):
            end = start + PEOPLE_A_PAGE
            self._tell(PresencePage(ref=command.ref, people=people[start:end], more=end < len(people)))

    async def set_presence(self, command: SetPresence) -> None:
        await actions.set_presence(self._here, is_away=command.state == "away")

    async def ping(self, command: Ping) -> None:
        self._tell(Pong(ref=command.ref or None))

    # --- answers

    def _tell(self, event: Event) -> None:
        self._here.outlet.send(Frame(encode(event)))

    def _issue_keys(self) -> None:
        """If those that the client may have spare nothing, or none were issued yet."""
        if self._is_here() and (prefix := current_worker().keys.renew(self._here.key_prefix)) is not None:
            self._here.key_prefix = prefix
            self._tell(KeysIssued(prefix=written(prefix)))

    async def _tell_positions(self, ref: str | None) -> None:
        positions = await actions.list_positions(self._here.user_id)
        for start in range(0, max(len(positions), 1), POSITIONS_A_PAGE):
            end = start + POSITIONS_A_PAGE
            self._tell(Positions(ref=ref, conversations=positions[start:end], more=end < len(positions)))

    def _acknowledge(self, command: AnyWrite, future: asyncio.Future[Stored]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self._tell(_ack(future.result()))
            return
        if not isinstance(error, RefusalError):
            logger.error("a change could not be stored", exc_info=error)
            error = InternalError()
        self._refuse(error, key=str(command.key))

    async def _answer_refusal(self, error: RefusalError, command: AnyCommand | None, text: str | None) -> None:
        names = named(text) if text else {}
        if isinstance(command, Write):
            names["key"] = str(command.key)
        self._refuse(error, **names)
        is_bad = isinstance(error, MalformedError | UnknownTypeError)
        # What is no command is not paced as one: whoever sends too much of it is treated as with bad frames.
        if is_bad or (command is None and current_worker().commands.take(self._here.user_id, time.monotonic())):
            await self._count_bad_frame()

    def _refuse(self, error: RefusalError, key: str | None = None, ref: str | None = None) -> None:
        self._tell(
            Error(
                code=error.code,
                message=error.message,
                field=error.field,
                key=key,
                ref=ref,
                retry_after=getattr(error, "retry_after", None),
            )
        )

    async def _count_bad_frame(self) -> None:
        now = time.monotonic()
        self.bad_frames = [then for then in self.bad_frames if now - then < BAD_FRAMES_SECONDS] + [now]
        if len(self.bad_frames) > BAD_FRAMES_MOST:
            await self._dismiss(CLOSE_BAD_FRAMES)

    async def _drained(self) -> None:
        """Answer no further command while earlier answers wait to be read; let go of who never reads them."""
        outlet = self._here.outlet
        deadline = time.monotonic() + DRAIN_SECONDS_MOST
        while outlet.backlog() > BACKLOG_BYTES_MOST:
            if time.monotonic() > deadline:
                await self._dismiss(CLOSE_TOO_SLOW)
                raise StopConsumer
            await asyncio.sleep(0.05)


def _welcome(user_id: UUID) -> Welcome:
    return Welcome(
        user_id=user_id,
        heartbeat_seconds=HEARTBEAT_SECONDS,
        body_characters=BODY_CHARACTERS,
        page_changes=PAGE_CHANGES,
    )


def _ack(stored: Stored) -> Ack:
    change = stored.change
    return Ack(
        key=change.key,
        conversation_id=change.conversation_id,
        seq=change.seq,
        id=change.id,
        sent_at=change.sent_at,
        repeated=stored.repeated,
    )


Handler = Callable[[ChatConsumer, Any], Awaitable[None]]

_HANDLERS: dict[str, Handler] = {
    "websocket.connect": ChatConsumer.connect,
    "websocket.receive": ChatConsumer.receive,
    "websocket.disconnect": ChatConsumer.disconnect,
}
_COMMANDS: dict[type, Handler] = {
    SendMessage: ChatConsumer.write,
    ForwardMessage: ChatConsumer.write,
    EditMessage: ChatConsumer.write,
    DeleteMessage: ChatConsumer.write,
    AddReaction: ChatConsumer.write,
    RemoveReaction: ChatConsumer.write,
    PinMessage: ChatConsumer.write,
    UnpinMessage: ChatConsumer.write,
    MarkRead: ChatConsumer.mark_read,
    MarkUnread: ChatConsumer.mark_unread,
    GetHistory: ChatConsumer.get_history,
    GetConversations: ChatConsumer.get_conversations,
    WatchConversation: ChatConsumer.watch_conversation,
    StartTyping: ChatConsumer.start_typing,
    WatchPeople: ChatConsumer.watch_people,
    SetPresence: ChatConsumer.set_presence,
    Ping: ChatConsumer.ping,
}
