"""One conversation's sockets at this worker, and the giving out of its changes to them: in order, each once.

Knows nothing of who may be where. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from messaging.outlet import BACKLOG_BYTES_MOST, Frame, Outlet

# So many are given a change before others have their turn, so that a large conversation delays no small one.
SLICE = 64
# Of what waits meanwhile so much leaves in one write.
TOGETHER_MOST = 64
# How the content of every change of membership begins.
MEMBERSHIP = b'{"type":"member.'

# A change on its way: its seq and its content, UTF-8 JSON.
Numbered = tuple[int, bytes]


class Connection:
    """One signed-in socket. `is_away`: its person said that they do not look."""

    __slots__ = ("conversations", "is_away", "lagging_since", "outlet", "session_id", "user_id", "watched")

    def __init__(self, user_id: UUID, session_id: str, outlet: Outlet) -> None:
        self.user_id = user_id
        self.session_id = session_id
        self.outlet = outlet
        self.conversations: set[UUID] = set()
        self.lagging_since: float | None = None
        self.watched: UUID | None = None
        self.is_away = False

    def offer(self, frame: Frame) -> None:
        """Send, unless the socket is too far behind: then leave out until it has caught up and was told."""
        if self.lagging_since is not None:
            return
        if self.outlet.backlog() > BACKLOG_BYTES_MOST:
            self.lagging_since = time.monotonic()
            return
        self.outlet.send(frame)


class Room:
    """`position` is the last seq the connections were given, None while unknown. `watchers` are those that show it.

    `notice` is told of each change of membership after it was given out.
    """

    __slots__ = ("_giving", "_notice", "_waiting", "connections", "filling", "held", "position", "watchers")

    def __init__(self, notice: Callable[[bytes], None]) -> None:
        self._notice = notice
        self._waiting: list[bytes] = []
        self._giving: asyncio.Task[None] | None = None
        self.connections: set[Connection] = set()
        self.watchers: set[Connection] = set()
        self.position: int | None = None
        self.held: dict[int, bytes] = {}
        self.filling: asyncio.Task[None] | None = None

    def take(self, changes: Sequence[Numbered]) -> list[bytes]:
        """What may be given out now, in order: what came twice is dropped, what came early is held."""
        ready: list[bytes] = []
        for seq, content in changes:
            if self.position is not None and seq > self.position + 1:
                self.held[seq] = content
            elif self.position is None or seq > self.position:
                self.position = seq
                ready.append(content)
                while (following := self.held.pop(self.position + 1, None)) is not None:
                    self.position += 1
                    ready.append(following)
        return ready

    def give(self, contents: Sequence[bytes]) -> None:
        """To everyone here, at once when they are few, else slice by slice; what comes meanwhile waits its turn."""
        if self._giving is None and len(self.connections) <= SLICE:
            for together in _parts(contents):
                frame = Frame(*together)
                for connection in self.connections:
                    connection.offer(frame)
                self._note(together[-1])
        elif contents:
            self._waiting += contents
            if self._giving is None:
                self._giving = asyncio.get_running_loop().create_task(self._give_in_slices())

    def close(self) -> None:
        """Nobody is here any more."""
        for task in (self.filling, self._giving):
            if task:
                task.cancel()

    async def _give_in_slices(self) -> None:
        try:
            while self._waiting:
                together = next(_parts(self._waiting))
                del self._waiting[: len(together)]
                await self._give_to_all(Frame(*together))
                self._note(together[-1])
        finally:
            self._giving = None

    async def _give_to_all(self, frame: Frame) -> None:
        """To those who were here when it began and are still: who left between two slices gets nothing more."""
        begun = list(self.connections)
        for start in range(0, len(begun), SLICE):
            for connection in begun[start : start + SLICE]:
                if connection in self.connections:
                    connection.offer(frame)
            await asyncio.sleep(0)

    def _note(self, content: bytes) -> None:
        if content.startswith(MEMBERSHIP):
            self._notice(content)


def _parts(contents: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """What goes together in one write; a change of membership ends it: what follows goes to those whom it leaves."""
    start = 0
    for end, content in enumerate(contents, 1):
        if end == len(contents) or end - start == TOGETHER_MOST or content.startswith(MEMBERSHIP):
            yield contents[start:end]
            start = end
