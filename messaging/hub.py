"""This worker's sockets, and fan-out to them: each gets every change of its conversations in order, without a gap; of
a channel that it does not show, hints.

Knows connections, not consumers; who may be where is decided before it is told. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial
from uuid import UUID

from messaging.hints import Hints
from messaging.outlet import BACKLOG_BYTES_MOST, Frame
from messaging.protocol import Attendance, ConversationAdded, ConversationRemoved, Event, Lagging, encode
from messaging.room import Connection, Numbered, Room

LAG_SECONDS_MOST = 10.0
GAP_WAIT_SECONDS = 0.05
GAP_RETRY_SECONDS = 1.0
CLOSE_REVOKED = 4001
CLOSE_TOO_SLOW = 4008
CLOSE_EPOCH = 4012

logger = logging.getLogger(__name__)

Fetch = Callable[[UUID, int], Awaitable[Sequence[Numbered]]]
LAGGING = Frame(encode(Lagging()))


class Hub:
    """`fetch(conversation_id, after)` reads the changes above a seq, to fill a gap.

    `notice(conversation_id, content)` is told of each change of membership after it was given out;
    `departed(connection)` of each socket that goes; `attend(user_id, how)`, whenever a user's socket comes, goes or
    says that nobody looks, what all of theirs here make of them, None when none is left.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self.notice: Callable[[UUID, bytes], None] = lambda conversation_id, content: None
        self.attend: Callable[[UUID, Attendance | None], None] = lambda user_id, how: None
        self.departed: Callable[[Connection], None] = lambda connection: None
        self._rooms: dict[UUID, Room] = {}
        self._users: dict[UUID, set[Connection]] = {}

    # --- who is here

    def connections(self) -> list[Connection]:
        return [connection for some in self._users.values() for connection in some]

    def of_user(self, user_id: UUID) -> Collection[Connection]:
        return self._users.get(user_id, ())

    def conversations(self) -> list[UUID]:
        return list(self._rooms)

    def conversations_of(self, user_id: UUID) -> set[UUID]:
        """Of the user's sockets here."""
        return {conversation_id for socket in self.of_user(user_id) for conversation_id in socket.conversations}

    def enter(self, connection: Connection, conversation_ids: Iterable[UUID]) -> None:
        self._users.setdefault(connection.user_id, set()).add(connection)
        self.attend(connection.user_id, self._attendance(connection.user_id))
        for conversation_id in conversation_ids:
            self._attach(connection, conversation_id)

    def leave(self, connection: Connection) -> None:
        for conversation_id in list(connection.conversations):
            self._detach(connection, conversation_id)
        here = self._users.get(connection.user_id, set())
        here.discard(connection)
        if not here:
            self._users.pop(connection.user_id, None)
        self.attend(connection.user_id, self._attendance(connection.user_id))
        self.departed(connection)

    def set_away(self, connection: Connection, is_away: bool) -> None:
        """A user is away when all their sockets are."""
        connection.is_away = is_away
        self.attend(connection.user_id, self._attendance(connection.user_id))

    def _attendance(self, user_id: UUID) -> Attendance | None:
        here = self._users.get(user_id)
        if not here:
            return None
        return "away" if all(connection.is_away for connection in here) else "online"

    def add_member(self, conversation_id: UUID, user_id: UUID) -> bool:
        """Whether the user has sockets here that did not get the conversation."""
        room = self._rooms.get(conversation_id)
        new = [socket for socket in self.of_user(user_id) if room is None or socket not in room.connections]
        if not new:
            return False
        frame = Frame(encode(ConversationAdded(conversation_id=conversation_id)))
        for connection in new:
            self._attach(connection, conversation_id)
            connection.offer(frame)
        return True

    def suspend_member(self, conversation_id: UUID, user_id: UUID) -> None:
        """Nothing of the conversation reaches the user until it is said whether they are a member: by add_member or
        remove_member."""
        if room := self._rooms.get(conversation_id):
            for connection in self.of_user(user_id):
                room.leave(connection)

    def remove_member(self, conversation_id: UUID, user_id: UUID) -> None:
        """From here on nothing of the conversation reaches the user."""
        frame = Frame(encode(ConversationRemoved(conversation_id=conversation_id)))
        for connection in self.of_user(user_id):
            if conversation_id in connection.conversations:
                self._detach(connection, conversation_id)
                connection.offer(frame)

    def remove_conversation(self, conversation_id: UUID) -> None:
        room = self._rooms.get(conversation_id)
        for user_id in {connection.user_id for connection in room.connections} if room else ():
            self.remove_member(conversation_id, user_id)

    def _attach(self, connection: Connection, conversation_id: UUID) -> None:
        room = self._rooms.get(conversation_id)
        if room is None:
            room = self._rooms[conversation_id] = Room(partial(self._notice_member, conversation_id))
        room.connections.add(connection)
        connection.conversations.add(conversation_id)
        if connection.watched == conversation_id:
            room.watchers.add(connection)

    def make_channel(self, conversation_id: UUID) -> None:
        """It is one, or has become one: for good."""
        room = self._rooms.get(conversation_id)
        if room and room.hints is None:
            room.hints = Hints(conversation_id)

    def is_channel(self, conversation_id: UUID) -> bool:
        """As far as is known here."""
        room = self._rooms.get(conversation_id)
        return room is not None and room.hints is not None

    def _detach(self, connection: Connection, conversation_id: UUID) -> None:
        connection.conversations.discard(conversation_id)
        room = self._rooms.get(conversation_id)
        if room is None:
            return
        room.leave(connection)
        if not room.connections:
            room.close()
            del self._rooms[conversation_id]

    # --- who looks

    def watch(self, connection: Connection, conversation_id: UUID | None) -> None:
        """The connection shows this conversation, and no other any more."""
        if connection.watched and (room := self._rooms.get(connection.watched)):
            room.watchers.discard(connection)
        connection.watched = conversation_id
        room = self._rooms.get(conversation_id) if conversation_id else None
        if room and connection in room.connections:
            room.hint(connection)
            room.watchers.add(connection)

    def hint(self, conversation_id: UUID, user_id: UUID) -> None:
        """What this user's sockets were not told yet of a channel that they do not show."""
        if room := self._rooms.get(conversation_id):
            for connection in self.of_user(user_id):
                if connection in room.connections:
                    room.hint(connection)

    def show(self, conversation_id: UUID, user_id: UUID, event: Event) -> None:
        """What `user_id` does now, for the others who look. Left out wherever anything else still waits to be sent."""
        room = self._rooms.get(conversation_id)
        lookers = [one for one in room.watchers if one.user_id != user_id] if room else []
        if not lookers:
            return
        frame = Frame(encode(event))
        for connection in lookers:
            if connection.outlet.backlog() == 0:
                connection.offer(frame)

    # --- what they are told

    def tell(self, user_id: UUID, content: bytes) -> None:
        """An event, UTF-8 JSON, for one user's sockets."""
        frame = Frame(content)
        for connection in self.of_user(user_id):
            connection.offer(frame)

    def deliver(self, conversation_id: UUID, changes: Sequence[Numbered]) -> None:
        """Give out changes in order of seq: what was given already is dropped, what comes early waits for the rest."""
        room = self._rooms.get(conversation_id)
        if room is None:
            return
        room.give(room.take(changes))
        if room.held and room.filling is None:
            room.filling = asyncio.create_task(self._fill(conversation_id, room, GAP_WAIT_SECONDS))

    def notice_head(self, conversation_id: UUID, head: int) -> None:
        """The history stands at `head`: if the room trails behind, an announcement was lost."""
        room = self._rooms.get(conversation_id)
        if room is None or room.filling:
            return
        if room.position is None:
            room.position = head
        elif head > room.position:
            room.filling = asyncio.create_task(self._fill(conversation_id, room, 0))

    def unplaced(self, connection: Connection) -> list[UUID]:
        """The connection's conversations of which it is not known here where they stand."""
        return [id_ for id_ in connection.conversations if (room := self._rooms.get(id_)) and room.position is None]

    def _notice_member(self, conversation_id: UUID, content: bytes) -> None:
        self.notice(conversation_id, content)

    async def _fill(self, conversation_id: UUID, room: Room, wait: float) -> None:
        """Fetch what is missing below the held changes, again and again until the history answers."""
        await asyncio.sleep(wait)
        while True:
            try:
                missing = await self._fetch(conversation_id, room.position or 0)
                break
            except Exception:
                logger.warning("a gap of %s could not be filled yet", conversation_id, exc_info=True)
                await asyncio.sleep(GAP_RETRY_SECONDS)
        room.filling = None
        room.held = {seq: content for seq, content in room.held.items() if seq > (room.position or 0)}
        self.deliver(conversation_id, missing)

    # --- whom it lets go

    async def revoke(self, *, user_id: UUID | None, session_id: str | None) -> None:
        """Close what belongs to the session, or to the user when no session is named."""
        for connection in self.connections():
            if connection.session_id == session_id or (session_id is None and connection.user_id == user_id):
                await self.dismiss(connection, CLOSE_REVOKED)

    async def dismiss(self, connection: Connection, code: int) -> None:
        """Nothing more reaches the connection; then it is closed, and cut if it does not listen."""
        self.leave(connection)
        await connection.outlet.close(code)
        if connection.outlet.backlog() > BACKLOG_BYTES_MOST:
            connection.outlet.cut()

    async def check_lag(self) -> None:
        """Tell those who caught up that they missed something; let go of those who do not catch up."""
        now = time.monotonic()
        for connection in self.connections():
            if connection.lagging_since is None:
                continue
            if connection.outlet.backlog() == 0:
                connection.lagging_since = None
                connection.offer(LAGGING)
            elif now - connection.lagging_since > LAG_SECONDS_MOST:
                await self.dismiss(connection, CLOSE_TOO_SLOW)
                connection.outlet.cut()
