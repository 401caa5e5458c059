"""One conversation's sockets at this worker, and the giving out of its changes to them: in order, each once. In a
channel those who show it get them, the others a hint a second at most.

Knows nothing of who may be where. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from messaging.hints import FOR_ALL, Hints
from messaging.outlet import Frame, Outlet

# So many get a change at once. In a larger conversation so many have it before others have their turn: what is said in
# a small one needs several turns, and waits for a slice in each.
FEW = 64
SLICE = 16
# Of what waits meanwhile so much leaves in one write.
TOGETHER_MOST = 64
HINT_SECONDS = 1.0
# How the content of every change of membership begins.
MEMBERSHIP = b'{"type":"member.'

# A change on its way: its seq and its content, UTF-8 JSON.
Numbered = tuple[int, bytes]


class Person:
    """One user's sockets at this worker: all that are registered, and those that entered and get what is said in the
    user's conversations. A room holds people, so that a socket more costs the same however many conversations they
    have."""

    __slots__ = ("conversations", "entered", "registered", "user_id")

    def __init__(self, user_id: UUID) -> None:
        self.user_id = user_id
        self.registered: set[Connection] = set()
        self.entered: set[Connection] = set()
        self.conversations: set[UUID] = set()


class Connection:
    """One signed-in socket. `person`: shared by all sockets of its user once it is registered in the hub. `is_away`:
    they said that they do not look. `is_gone`: nothing more reaches it. `key_prefix`: how its keys begin."""

    __slots__ = (
        "is_away",
        "is_gone",
        "key_prefix",
        "lagging_since",
        "outlet",
        "person",
        "session_id",
        "user_id",
        "watched",
    )

    def __init__(self, user_id: UUID, session_id: str, outlet: Outlet) -> None:
        self.user_id = user_id
        self.person = Person(user_id)
        self.session_id = session_id
        self.outlet = outlet
        self.lagging_since: float | None = None
        self.watched: UUID | None = None
        self.is_away = False
        self.is_gone = False
        self.key_prefix: int | None = None

    @property
    def conversations(self) -> set[UUID]:
        return self.person.conversations

    def offer(self, frame: Frame) -> None:
        """Send, unless the socket is too far behind: then leave out until it has caught up and was told."""
        if self.lagging_since is None and not self.outlet.offer(frame):
            self.lagging_since = time.monotonic()


NOBODY: AbstractSet[Connection] = frozenset()


class Room:
    """`position` is the last seq the people were given, None while unknown. `watchers` are the sockets that show it.

    Some users bring thousands of rooms with them, most of them silent: what a room needs only when something happens is
    made then.

    `notice(conversation_id, content)` is called for each change of membership after it was given out. `hints`: it is a
    channel, and this is what those who do not show it have not been told yet.
    """

    __slots__ = (
        "_departures",
        "_giving",
        "_hinted_at",
        "_hinting",
        "_notice",
        "_waiting",
        "_watchers",
        "filling",
        "held",
        "hints",
        "id",
        "people",
        "position",
    )

    def __init__(self, conversation_id: UUID, notice: Callable[[UUID, bytes], None]) -> None:
        self.id = conversation_id
        self._notice = notice
        self.hints: Hints | None = None
        self._hinting: asyncio.Task[None] | None = None
        self._hinted_at = 0.0
        self._waiting: list[bytes] | None = None
        self._giving: asyncio.Task[None] | None = None
        self._departures = 0
        self.people: set[Person] = set()
        self._watchers: set[Connection] | None = None
        self.position: int | None = None
        self.held: dict[int, bytes] | None = None
        self.filling: asyncio.Task[None] | None = None

    def take(self, changes: Sequence[Numbered]) -> list[bytes]:
        """What may be given out now, in order: what came twice is dropped, what came early is held."""
        ready: list[bytes] = []
        for seq, content in changes:
            if self.position is not None and seq > self.position + 1:
                self.held = self.held or {}
                self.held[seq] = content
            elif self.position is None or seq > self.position:
                self.position = seq
                ready.append(content)
                while self.held and (following := self.held.pop(self.position + 1, None)) is not None:
                    self.position += 1
                    ready.append(following)
        return ready

    def give(self, contents: Sequence[bytes]) -> None:
        """To everyone here, at once when they are few, else slice by slice; what comes meanwhile waits its turn."""
        self._gather(contents)
        if self._gives_at_once:
            for together in _parts(contents):
                frame = Frame(*together)
                for connection in self._hearers(together):
                    connection.offer(frame)
                self._note(together[-1])
        elif contents:
            self._waiting = self._waiting or []
            self._waiting += contents
            if self._giving is None:
                self._giving = asyncio.get_running_loop().create_task(self._give_in_slices())

    @property
    def watchers(self) -> AbstractSet[Connection]:
        return self._watchers or NOBODY

    def show_to(self, connection: Connection) -> None:
        self._watchers = self._watchers or set()
        self._watchers.add(connection)

    def turn_away(self, connection: Connection) -> None:
        """It shows the conversation no more."""
        if self._watchers:
            self._watchers.discard(connection)

    def sockets(self) -> list[Connection]:
        return [socket for person in self.people for socket in person.entered]

    @property
    def _gives_at_once(self) -> bool:
        """A user may have hundreds of sockets."""
        if self._giving is not None or len(self.people) > FEW:
            return False
        return sum(len(person.entered) for person in self.people) <= FEW

    def leave(self, person: Person) -> None:
        """They get nothing from here on."""
        self.people.discard(person)
        for connection in person.registered:
            self.turn_away(connection)
        self._departures += 1

    def close(self) -> None:
        """Nobody is here any more."""
        for task in (self.filling, self._giving, self._hinting):
            if task:
                task.cancel()

    async def _give_in_slices(self) -> None:
        try:
            while self._waiting:
                together = next(_parts(self._waiting))
                del self._waiting[: len(together)]
                await self._give_to(list(self._hearers(together)), Frame(*together))
                self._note(together[-1])
        finally:
            self._giving = None

    async def _give_to(self, begun: Sequence[Connection], frame: Frame) -> None:
        """To those who were here when it began and are still: who left between two slices gets nothing more.

        When nobody has left nobody is looked for, which was an eighth of what 10,000 cost.
        """
        departures, here = self._departures, None
        for start in range(0, len(begun), SLICE):
            if departures != self._departures:
                departures, here = self._departures, {person.user_id for person in self.people}
            for connection in begun[start : start + SLICE]:
                if not connection.is_gone and (here is None or connection.user_id in here):
                    connection.offer(frame)
            await asyncio.sleep(0)

    # --- hints

    def _gather(self, contents: Sequence[bytes]) -> None:
        """Noted before anything is given: a hint may run ahead of the changes, and never behind them. Nothing is when
        all who are here show it and get it at once: whoever waits for it may turn away before."""
        if self.hints is None:
            return
        if self._gives_at_once and len(self.watchers) == len(self.sockets()):
            self.hints.take()
            return
        for content in contents:
            self.hints.add(content)
        if contents and self._hinting is None:
            self._hinting = asyncio.get_running_loop().create_task(self._give_hints())

    def _hearers(self, together: Sequence[bytes]) -> Collection[Connection]:
        """Who gets these as they are. Of what everybody gets, everybody has been told what was before."""
        if self.hints is None:
            return self.sockets()
        if not together[0].startswith(FOR_ALL):
            return self.watchers
        if frame := self.hints.take():
            for connection in self._others():
                connection.offer(frame)
        return self.sockets()

    def _others(self) -> list[Connection]:
        """Those that do not show it."""
        return [socket for socket in self.sockets() if socket not in self.watchers]

    async def _give_hints(self) -> None:
        """Until there is nothing to hint at; once in HINT_SECONDS, whatever happens meanwhile."""
        assert self.hints is not None
        try:
            while True:
                await asyncio.sleep(max(0.0, self._hinted_at + HINT_SECONDS - time.monotonic()))
                frame = self.hints.take()
                if frame is None:
                    return
                self._hinted_at = time.monotonic()
                await self._give_to(self._others(), frame)
        finally:
            self._hinting = None

    def hint(self, connection: Connection) -> None:
        """All that happened until now, so that what it is told next counts from there."""
        if self.hints and (frame := self.hints.frame()) and connection not in self.watchers:
            connection.offer(frame)

    def _note(self, content: bytes) -> None:
        if content.startswith(MEMBERSHIP):
            self._notice(self.id, content)


def _parts(contents: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """What goes together in one write; a change of membership ends it: what follows goes to those whom it leaves. What
    goes to everybody in a channel goes alone."""
    start = 0
    for end, content in enumerate(contents, 1):
        ends = content.startswith((MEMBERSHIP, *FOR_ALL)) or (end < len(contents) and contents[end].startswith(FOR_ALL))
        if end == len(contents) or end - start == TOGETHER_MOST or ends:
            yield contents[start:end]
            start = end
