"""How far the members of a conversation have come, for the sockets that show it: a whole first, then what differs, in
one digest a second at most, and less often where many look. Where nobody does, nothing is asked.

The read marks of the history are the truth. That one moved comes with the news of it to its owner's sockets, and costs
no message of its own; with every beat the marks are read anew, which heals lost hints. What reached a member is told
from their presence: docs/decisions/0014. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from accounts.errors import UnavailableError
from groups.models import Kind
from messaging.history import History
from messaging.members import Members
from messaging.outlet import Frame
from messaging.presence.sight import Sight, View
from messaging.protocol import RECEIPTS_MOST, ReceiptsChanged, decode_change, encode
from messaging.receipts.standing import Standing, Told, digest, whole
from messaging.room import Connection

# Whoever has been away for more changes than this has got at least what they read.
LOOK_BACK_CHANGES = 100
# From the storing of a change until it is with those who are connected, and between the clocks of two workers.
ON_THE_WAY = timedelta(seconds=0.5)
LOAD_AT_ONCE = 50
# So many sockets are told of one conversation in a second: where more show it, its digests are further apart.
TOLD_A_SECOND = 5
PAUSE_SECONDS_MOST = 10.0

logger = logging.getLogger(__name__)


class Watched:
    """A conversation that sockets show here. `told`: what each was told last, None before its first."""

    __slots__ = ("delivered", "is_stale", "marks", "next_at", "standing", "told")

    def __init__(self) -> None:
        self.told: dict[Connection, Told | None] = {}
        self.standing: Standing | None = None
        self.is_stale = True
        self.next_at = 0.0
        self.marks: dict[UUID, int] = {}
        self.delivered: dict[UUID, tuple[datetime, int]] = {}

    def concerns(self, user_ids: Collection[UUID]) -> bool:
        return self.standing is not None and not self.standing.profiles.keys().isdisjoint(user_ids)

    @property
    def pause(self) -> float:
        """Seconds between two digests, 0 when each tick may bring one."""
        return min(len(self.told) / TOLD_A_SECOND, PAUSE_SECONDS_MOST) if len(self.told) > TOLD_A_SECOND else 0.0

    def note(self, user_id: UUID, reached: int) -> None:
        self.marks[user_id] = max(reached, self.marks.get(user_id, 0))


class Receipts:
    def __init__(self, history: History, members: Members, sight: Sight) -> None:
        self._history = history
        self._members = members
        self._sight = sight
        self._watched: dict[UUID, Watched] = {}
        self._shown: dict[Connection, UUID] = {}
        self._due: set[UUID] = set()
        self._stirred: set[UUID] = set()

    async def whole(self, viewer_id: UUID, conversation_id: UUID) -> ReceiptsChanged:
        """How far the members have come, as one of them may know it. Raises UnavailableError."""
        standing = await self._load(conversation_id, Watched())
        return whole(conversation_id, standing.to(viewer_id))

    # --- who looks

    def watch(self, connection: Connection, conversation_id: UUID | None) -> None:
        """The connection shows this conversation, and no other any more."""
        self.drop(connection)
        if conversation_id is not None:
            self._shown[connection] = conversation_id
            self._watched.setdefault(conversation_id, Watched()).told[connection] = None
            self._due.add(conversation_id)

    def drop(self, connection: Connection) -> None:
        """It shows none any more."""
        if conversation_id := self._shown.pop(connection, None):
            told = self._watched[conversation_id].told
            del told[connection]
            if not told:
                del self._watched[conversation_id]

    # --- what may be another now

    def note_read(self, conversation_id: UUID, user_id: UUID, reached: int) -> None:
        """A member has read so far."""
        watched = self._watched.get(conversation_id)
        if watched is None or reached <= watched.marks.get(user_id, 0):
            return
        watched.note(user_id, reached)
        if watched.standing:
            watched.standing.moved()
        self._due.add(conversation_id)

    def stir(self, user_ids: Iterable[UUID]) -> None:
        """They came, turned away or went, or let something else be seen of them."""
        if self._watched:
            self._stirred.update(user_ids)

    def look_again(self, conversation_id: UUID) -> None:
        """Others are its members, for instance."""
        if watched := self._watched.get(conversation_id):
            watched.is_stale = True
            self._due.add(conversation_id)

    async def sweep(self) -> None:
        """Everything that is watched here; to be called with every beat."""
        for conversation_id in self._watched:
            self.look_again(conversation_id)

    # --- what those who look are told

    async def tick(self) -> None:
        """To be called every DIGEST_SECONDS."""
        stirred, self._stirred = self._stirred, set()
        for conversation_id in [id_ for id_, watched in self._watched.items() if watched.concerns(stirred)]:
            self.look_again(conversation_id)
        due, self._due = list(self._due), set()
        stale = [id_ for id_ in due if id_ in self._watched and self._watched[id_].is_stale]
        for start in range(0, len(stale), LOAD_AT_ONCE):
            some = stale[start : start + LOAD_AT_ONCE]
            await asyncio.gather(*(self._renew(id_, self._watched.get(id_)) for id_ in some))
        for conversation_id in due:
            watched = self._watched.get(conversation_id)
            if watched and watched.standing:
                self._tell(conversation_id, watched, watched.standing)

    async def _renew(self, conversation_id: UUID, watched: Watched | None) -> None:
        if watched is None:
            return
        watched.is_stale = False
        try:
            watched.standing = await self._load(conversation_id, watched)
        except UnavailableError:
            logger.warning("how far members have come cannot be known now")
            self.look_again(conversation_id)

    def _tell(self, conversation_id: UUID, watched: Watched, standing: Standing) -> None:
        """Who has just come is told at once, the others when it is time."""
        now = time.monotonic()
        if now < watched.next_at:
            self._due.add(conversation_id)
            new = [connection for connection, told in watched.told.items() if told is None]
            self._offer(conversation_id, watched, standing, new)
        else:
            watched.next_at = now + watched.pause
            self._offer(conversation_id, watched, standing, list(watched.told))

    def _offer(
        self, conversation_id: UUID, watched: Watched, standing: Standing, connections: Iterable[Connection]
    ) -> None:
        """Left out where anything else still waits to be sent; the next digest makes it good."""
        frames: dict[tuple[int, int], Frame | None] = {}
        held = dict(watched.told)  # what was told stays alive as long as its id names it
        for connection in connections:
            before = held[connection]
            if conversation_id not in connection.conversations:
                self.drop(connection)
                continue
            if connection.lagging_since is not None or connection.outlet.backlog():
                self._due.add(conversation_id)
                continue
            now = standing.to(connection.user_id)
            key = id(before), id(now)
            if key not in frames:
                event = digest(conversation_id, before, now)
                frames[key] = Frame(encode(event)) if event else None
            watched.told[connection] = now
            if frame := frames[key]:
                connection.offer(frame)

    # --- what is known

    async def _load(self, conversation_id: UUID, watched: Watched) -> Standing:
        """Marks only grow: of what is read and what was told meanwhile the further counts."""
        roster = await self._members.rosters.get(conversation_id)
        if roster.kind == Kind.CHANNEL:
            return Standing({})
        for user_id, reached in (await self._history.reached(conversation_id, roster.roles)).items():
            watched.note(user_id, reached)
        if len(roster.roles) > RECEIPTS_MOST:
            return Standing(watched.marks, await self._sight.profiles(roster.roles))
        views = await self._sight.look(roster.roles)
        profiles = {user_id: view.profile for user_id, view in views.items()}
        return Standing(watched.marks, profiles, views, await self._delivered(conversation_id, watched, views))

    async def _delivered(
        self, conversation_id: UUID, watched: Watched, views: Mapping[UUID, View]
    ) -> Mapping[UUID, int]:
        """What was stored before each of those who are not connected was last seen."""
        known = watched.delivered
        gone = {user_id: view.seen_at for user_id, view in views.items() if view.seen_at}
        watched.delivered = {id_: known[id_] for id_, at in gone.items() if id_ in known and known[id_][0] == at}
        if missing := {user_id: at for user_id, at in gone.items() if user_id not in watched.delivered}:
            changes = await self._recent(conversation_id)
            times = [at for at, _ in changes]
            for user_id, at in missing.items():
                index = bisect_right(times, at - ON_THE_WAY)
                watched.delivered[user_id] = at, changes[index - 1][1] if index else 0
        return {user_id: seq for user_id, (_, seq) in watched.delivered.items()}

    async def _recent(self, conversation_id: UUID) -> list[tuple[datetime, int]]:
        page = await self._history.page(conversation_id, limit=LOOK_BACK_CHANGES)
        changes = map(decode_change, page.changes)
        return [(datetime.fromisoformat(change.sent_at), change.seq) for change in changes]
