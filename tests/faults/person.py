"""Somebody at a client that sends again until the server decides. Everything asked is recorded."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict, deque
from uuid import UUID

from messaging.client import Account, Rest
from messaging.protocol import AddReaction, AnyWrite, Error, ForwardMessage, PinMessage, ReadMarked, SendMessage
from tests.faults.filling import AGAIN_SECONDS, WORTH_ANOTHER_TRY
from tests.faults.history import FAIL, INFO, INVOKE, OK
from tests.faults.listening import Listener
from tests.faults.told import asked

# As if the acknowledgement had been lost.
REPEATED = 0.03
REMEMBERED_MOST = 10


class Person(Listener):
    """What they remember of each room: the numbers of what they `said` last, and what they `reacted` and `pinned`."""

    def __init__(self, name: str, username: str, account: Account, rest: Rest, *, fetches: bool = True) -> None:
        super().__init__(name, account, rest, fetches=fetches)
        self.username = username
        self.said: dict[UUID, deque[int]] = defaultdict(lambda: deque(maxlen=REMEMBERED_MOST))
        self.reacted: dict[UUID, tuple[int, str]] = {}
        self.pinned: dict[UUID, int] = {}

    async def say(self, room: UUID, body: str) -> int:
        return await self.write(SendMessage(key=self.new_key(), conversation_id=room, body=body))

    async def write(self, command: AnyWrite) -> int:
        """The change's number once it is stored, 0 when it was refused."""
        seq = await self._write(command)
        if seq:
            self._remember(command, seq)
        if seq and random.random() < REPEATED:
            await self._write(command)
        return seq

    def _remember(self, command: AnyWrite, seq: int) -> None:
        if isinstance(command, SendMessage | ForwardMessage):
            self.said[command.conversation_id].append(seq)
        elif isinstance(command, AddReaction):
            self.reacted[command.conversation_id] = command.target, command.emoji
        elif isinstance(command, PinMessage):
            self.pinned[command.conversation_id] = command.target

    async def _write(self, command: AnyWrite) -> int:
        """Again and again, until it is decided."""
        whole = asked(command)
        self.note(INVOKE, "write", **whole)
        what = {name: whole[name] for name in ("room", "key", "kind")}
        while True:
            await self._ready.wait()
            link = self._link
            answer = await link.write(command) if link else None
            if answer is None:
                self.note(INFO, "write", code="no answer", **what)
                if link:
                    link.cut()  # one that does not answer is left for another
                    await asyncio.wait([link.closed])
            elif not isinstance(answer, Error):
                seq = answer.seq  # type: ignore[union-attr]
                self.note(OK, "write", seq=seq, **what)
                return int(seq)
            elif answer.code in WORTH_ANOTHER_TRY:
                self.note(INFO, "write", code=answer.code, **what)
                await asyncio.sleep(answer.retry_after or AGAIN_SECONDS)
            else:
                self.note(FAIL, "write", code=answer.code, **what)
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
