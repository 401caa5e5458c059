"""What each command of a socket does, and what its socket is told of it. One `Answers` is one connection's.

Calls actions and encodes what they give; how frames come in, who may open a socket and when it closes is the
consumer's. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from msgspec import UNSET

from accounts.errors import InvalidError, RefusalError
from messaging import actions
from messaging.errors import InternalError
from messaging.history import Stored
from messaging.keys import written
from messaging.outlet import Frame
from messaging.overview import write_cursor
from messaging.protocol import (
    BODY_CHARACTERS,
    PAGE_CHANGES,
    PEOPLE_A_PAGE,
    POSITIONS_A_PAGE,
    Ack,
    AddReaction,
    AnyCommand,
    AnyWrite,
    CountUnread,
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
    encode,
    raw,
)
from messaging.room import Connection
from messaging.worker import current_worker

HEARTBEAT_SECONDS = 25

logger = logging.getLogger(__name__)


class Answers:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def is_here(self) -> bool:
        """Not let go of."""
        return self.connection in current_worker().hub.of_user(self.connection.user_id)

    async def greet(self, *, asks_for_positions: bool = False) -> None:
        """What a socket gets first; with it where its user stands in each conversation, unless it asks for that."""
        self.tell(
            Welcome(
                user_id=self.connection.user_id,
                epoch=await current_worker().epoch.number(),
                heartbeat_seconds=HEARTBEAT_SECONDS,
                body_characters=BODY_CHARACTERS,
                page_changes=PAGE_CHANGES,
                positions="asked" if asks_for_positions else None,
            )
        )
        self.issue_keys()
        if asks_for_positions:
            actions.learn_heads(self.connection)
        else:
            await self._tell_positions(None)

    async def answer(self, command: AnyCommand) -> None:
        """Raises a RefusalError where the command is refused."""
        await _COMMANDS[type(command)](self, command)

    def tell(self, event: Event) -> None:
        self.connection.outlet.send(Frame(encode(event)))

    def refuse(self, error: RefusalError, key: str | None = None, ref: str | None = None) -> None:
        self.tell(
            Error(
                code=error.code,
                message=error.message,
                field=error.field,
                key=key,
                ref=ref,
                retry_after=getattr(error, "retry_after", None),
            )
        )

    def issue_keys(self) -> None:
        """If those that the client may have spare nothing, or none were issued yet."""
        connection = self.connection
        if self.is_here and (prefix := current_worker().keys.renew(connection.key_prefix)) is not None:
            connection.key_prefix = prefix
            self.tell(KeysIssued(prefix=written(prefix)))

    # --- commands

    async def _write(self, command: AnyWrite) -> None:
        """The next frame is read while this one is being stored: the answer comes when it is durable."""
        stored = await actions.begin_write(self.connection.user_id, command)
        stored.add_done_callback(partial(self._acknowledge, command))
        self.issue_keys()

    def _acknowledge(self, command: AnyWrite, future: asyncio.Future[Stored]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            # What was stored is announced in the same turn, as a rule to its author too.
            self.connection.outlet.hold(Frame(encode(_ack(future.result()))))
            return
        if not isinstance(error, RefusalError):
            logger.error("a change could not be stored", exc_info=error)
            error = InternalError()
        self.refuse(error, key=str(command.key))

    async def _mark_read(self, command: MarkRead) -> None:
        await actions.mark_read(
            self.connection.user_id,
            conversation_id=command.conversation_id,
            seq=command.seq,
            ref=command.ref or None,
        )

    async def _mark_unread(self, command: MarkUnread) -> None:
        await actions.mark_unread(
            self.connection.user_id,
            conversation_id=command.conversation_id,
            seq=command.seq,
            ref=command.ref or None,
        )

    async def _get_history(self, command: GetHistory) -> None:
        page = await actions.read_history(
            self.connection.user_id,
            conversation_id=command.conversation_id,
            after=None if command.after is UNSET else command.after,
            before=None if command.before is UNSET else command.before,
            limit=command.limit,
        )
        self.tell(
            HistoryPage(
                ref=command.ref,
                conversation_id=command.conversation_id,
                head=page.head,
                complete=page.complete,
                changes=raw(page.changes),
                later=raw(page.later),
            )
        )

    async def _get_conversations(self, command: GetConversations) -> None:
        ref = command.ref or None
        if command.ids is not UNSET and command.limit is not UNSET:
            raise InvalidError("Give ids or a limit, not both.", field="ids")
        if command.cursor is not UNSET and command.limit is UNSET:
            raise InvalidError("With a cursor give a limit.", field="limit")
        if command.ids is not UNSET:
            positions = await actions.pick_positions(self.connection.user_id, command.ids)
            self.tell(Positions(ref=ref, conversations=positions, more=False))
        elif command.limit is not UNSET:
            await self._tell_page(ref, command.limit, None if command.cursor is UNSET else command.cursor)
        else:
            await self._tell_positions(ref)

    async def _tell_page(self, ref: str | None, limit: int, cursor: str | None) -> None:
        positions, last = await actions.page_positions(self.connection.user_id, limit=limit, cursor=cursor)
        self.tell(Positions(ref=ref, conversations=positions, more=False, next=write_cursor(last) if last else None))

    async def _count_unread(self, command: CountUnread) -> None:
        counted = await actions.count_unread(
            self.connection.user_id,
            cursor=None if command.cursor is UNSET else command.cursor,
            known=command.known or (),
        )
        counted.ref = command.ref
        self.tell(counted)

    async def _tell_positions(self, ref: str | None) -> None:
        positions = await actions.list_positions(self.connection.user_id)
        for start in range(0, max(len(positions), 1), POSITIONS_A_PAGE):
            end = start + POSITIONS_A_PAGE
            self.tell(Positions(ref=ref, conversations=positions[start:end], more=end < len(positions)))

    async def _watch_conversation(self, command: WatchConversation) -> None:
        await actions.watch_conversation(self.connection, command.conversation_id)

    async def _start_typing(self, command: StartTyping) -> None:
        await actions.start_typing(self.connection.user_id, command.conversation_id)

    async def _watch_people(self, command: WatchPeople) -> None:
        people = await actions.watch_people(self.connection, command.user_ids)
        for start in range(0, max(len(people), 1), PEOPLE_A_PAGE):
            end = start + PEOPLE_A_PAGE
            self.tell(PresencePage(ref=command.ref, people=people[start:end], more=end < len(people)))

    async def _set_presence(self, command: SetPresence) -> None:
        await actions.set_presence(self.connection, is_away=command.state == "away")

    async def _ping(self, command: Ping) -> None:
        self.tell(Pong(ref=command.ref or None))


def _ack(stored: Stored) -> Ack:
    change = stored.change
    return Ack(
        key=change.key,
        conversation_id=change.conversation_id,
        seq=change.seq,
        id=change.id,
        sent_at=change.sent_at,
        repeated=stored.repeated,
        unresolved=list(stored.unresolved),
    )


_COMMANDS: dict[type, Callable[[Answers, Any], Awaitable[None]]] = {
    SendMessage: Answers._write,
    ForwardMessage: Answers._write,
    EditMessage: Answers._write,
    DeleteMessage: Answers._write,
    AddReaction: Answers._write,
    RemoveReaction: Answers._write,
    PinMessage: Answers._write,
    UnpinMessage: Answers._write,
    MarkRead: Answers._mark_read,
    MarkUnread: Answers._mark_unread,
    GetHistory: Answers._get_history,
    GetConversations: Answers._get_conversations,
    CountUnread: Answers._count_unread,
    WatchConversation: Answers._watch_conversation,
    StartTyping: Answers._start_typing,
    WatchPeople: Answers._watch_people,
    SetPresence: Answers._set_presence,
    Ping: Answers._ping,
}
