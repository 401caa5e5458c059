"""This worker's sockets, and fan-out to them: each gets every change of its conversations in order, without a gap; of
a channel that it does not show, hints.

Knows connections, not consumers; who may be where is decided before it is told. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from messaging.hints import Hints
from messaging.outlet import BACKLOG_BYTES_MOST, Frame
from messaging.protocol import Attendance, ConversationAdded, ConversationRemoved, Event, Lagging, encode
from messaging.room import Connection, Numbered, Person, Room

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
        self._people: dict[UUID, Person] = {}

    # --- who is here

    def connections(self) -> list[Connection]:
        return [connection for person in self._people.values() for connection in person.registered]

    def of_user(self, user_id: UUID) -> Collection[Connection]:
        person = self._people.get(user_id)
        return person.registered if person else ()

    def conversations(self) -> list[UUID]:
        return list(self._rooms)

    def conversations_of(self, user_id: UUID) -> AbstractSet[UUID]:
        """Of which the user's sockets here get what is said."""
        person = self._people.get(user_id)
        return person.conversations if person else frozenset()

    def register(self, connection: Connection) -> None:
        """The connection counts as its user's, and may be let go. Of conversations it gets nothing yet."""
        connection.person = self._people.setdefault(connection.user_id, connection.person)
        connection.person.registered.add(connection)
        self.attend(connection.user_id, self._attendance(connection.user_id))

    def enter(self, connection: Connection, conversation_ids: Iterable[UUID]) -> None:
        """From here on the connection gets what is said in its user's conversations, and the user's other sockets get
        those that they did not know of."""
        self.register(connection)
        for conversation_id in conversation_ids:
            self._add(conversation_id, connection.person)
        connection.person.entered.add(connection)

    def leave(self, connection: Connection) -> None:
        """Again is fine."""
        connection.is_gone = True
        self.watch(connection, None)
        person = connection.person
        person.registered.discard(connection)
        person.entered.discard(connection)
        if not person.registered and self._people.get(person.user_id) is person:
            for conversation_id in list(person.conversations):
                self._detach(person, conversation_id)
            del self._people[person.user_id]
        self.attend(connection.user_id, self._attendance(connection.user_id))
        self.departed(connection)

    def set_away(self, connection: Connection, is_away: bool) -> None:
        """A user is away when all their sockets are."""
        connection.is_away = is_away
        self.attend(connection.user_id, self._attendance(connection.user_id))

    def _attendance(self, user_id: UUID) -> Attendance | None:
        here = self.of_user(user_id)
        if not here:
            return None
        return "away" if all(connection.is_away for connection in here) else "online"

    def add_member(self, conversation_id: UUID, user_id: UUID) -> bool:
        """Whether the user has sockets here that did not get the conversation."""
        person = self._people.get(user_id)
        return person is not None and self._add(conversation_id, person)

    def _add(self, conversation_id: UUID, person: Person) -> bool:
        """Whether the person did not get the conversation yet; if so, their sockets are notified of it."""
        room = self._rooms.get(conversation_id)
        if room is None:
            room = self._rooms[conversation_id] = Room(conversation_id, self._notice_member)
        if person in room.people:
            return False
        room.people.add(person)
        person.conversations.add(conversation_id)
        if person.entered:
            frame = Frame(encode(ConversationAdded(conversation_id=conversation_id)))
            for connection in person.entered:
                if connection.watched == conversation_id:
                    room.show_to(connection)
                connection.offer(frame)
        return True

    def suspend_member(self, conversation_id: UUID, user_id: UUID) -> None:
        """Nothing of the conversation reaches the user until it is said whether they are a member: by add_member or
        remove_member."""
        room, person = self._rooms.get(conversation_id), self._people.get(user_id)
        if room and person:
            room.leave(person)

    def remove_member(self, conversation_id: UUID, user_id: UUID) -> None:
        """From here on nothing of the conversation reaches the user."""
        person = self._people.get(user_id)
        if person is None or conversation_id not in person.conversations:
            return
        self._detach(person, conversation_id)
        frame = Frame(encode(ConversationRemoved(conversation_id=conversation_id)))
        for connection in person.entered:
            connection.offer(frame)

    def remove_conversation(self, conversation_id: UUID) -> None:
        room = self._rooms.get(conversation_id)
        for user_id in {person.user_id for person in room.people} if room else ():
            self.remove_member(conversation_id, user_id)

    def make_channel(self, conversation_id: UUID) -> None:
        """It is one, or has become one: for good."""
        room = self._rooms.get(conversation_id)
        if room and room.hints is None:
            room.hints = Hints(conversation_id)

    def is_channel(self, conversation_id: UUID) -> bool:
        """As far as is known here."""
        room = self._rooms.get(conversation_id)
        return room is not None and room.hints is not None

    def _detach(self, person: Person, conversation_id: UUID) -> None:
        person.conversations.discard(conversation_id)
        room = self._rooms.get(conversation_id)
        if room is None:
            return
        room.leave(person)
        if not room.people:
            room.close()
            del self._rooms[conversation_id]

    # --- who looks

    def watch(self, connection: Connection, conversation_id: UUID | None) -> None:
        """The connection shows this conversation, and no other any more."""
        if connection.watched and (room := self._rooms.get(connection.watched)):
            room.turn_away(connection)
        connection.watched = conversation_id
        room = self._rooms.get(conversation_id) if conversation_id else None
        if room and connection.person in room.people and connection in connection.person.entered:
            room.hint(connection)
            room.show_to(connection)

    def hint(self, conversation_id: UUID, user_id: UUID) -> None:
        """What this user's sockets were not told yet of a channel that they do not show."""
        room, person = self._rooms.get(conversation_id), self._people.get(user_id)
        if room and person in room.people:
            for connection in person.entered:
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

    def unplaced(self, user_id: UUID) -> list[UUID]:
        """The user's conversations of which it is not known here where they stand."""
        own = self.conversations_of(user_id)
        return [id_ for id_ in own if (room := self._rooms.get(id_)) and room.position is None]

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
        room.held = {seq: content for seq, content in (room.held or {}).items() if seq > (room.position or 0)}
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
