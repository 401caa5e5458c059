"""Writes on their way: one at a time in each conversation, sent again with the same key until the server decides.

Strictly in order: the next write of a conversation leaves when the one before it is stored or finally refused.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from uuid import UUID

from messaging.client.errors import RefusedError
from messaging.protocol import Ack, AnyWrite, Error

# Nothing is known to be wrong, and yet no answer: the same key makes asking again harmless.
ANSWER_SECONDS = 30.0
UNAVAILABLE_SECONDS = 0.5
# What a write names by its number, 0 or nothing where it names none.
NUMBERS = ("target", "reply_to", "source_seq")
WORTH_ANOTHER_TRY = ("rate_limited", "slow_mode", "unavailable", "internal")


class Entry:
    """One write. `began` is the moment of the first try, `acked` that of the ack, both on the monotonic clock."""

    __slots__ = ("ack", "acked", "began", "command", "done", "tried", "tries")

    def __init__(self, command: AnyWrite) -> None:
        self.command = command
        self.done: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self.tries = 0
        self.began = 0.0
        self.tried = 0.0
        self.acked = 0.0
        self.ack: Ack | None = None

    def fail(self, failure: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(failure)
            self.done.exception()  # asked for, so that asyncio does not complain when nobody waits


class Outbox:
    """`write` puts a command on the socket, or drops it when there is none: then `send_all` will come."""

    def __init__(self, write: Callable[[AnyWrite], bool]) -> None:
        self._write = write
        self._queues: dict[UUID, deque[Entry]] = {}
        self._by_key: dict[UUID, Entry] = {}
        self._failure: BaseException | None = None

    def put(self, command: AnyWrite) -> Entry:
        entry = Entry(command)
        if self._failure:
            entry.fail(self._failure)
            return entry
        self._by_key[entry.command.key] = entry
        queue = self._queues.setdefault(command.conversation_id, deque())
        queue.append(entry)
        if len(queue) == 1:
            self._send(entry)
        return entry

    def send_all(self) -> None:
        """A socket has just opened: what was under way before it may or may not have arrived."""
        for queue in self._queues.values():
            self._send(queue[0])

    def send_overdue(self) -> None:
        for queue in self._queues.values():
            if time.monotonic() - queue[0].tried > ANSWER_SECONDS:
                self._send(queue[0])

    def answered(self, ack: Ack) -> None:
        entry = self._by_key.pop(ack.key, None)
        if entry is None:
            return
        entry.ack, entry.acked = ack, time.monotonic()
        self._finish(entry)
        if not entry.done.done():
            entry.done.set_result(ack)

    def refused(self, error: Error) -> None:
        entry = self._by_key.get(UUID(error.key)) if error.key else None
        if entry is None:
            return
        if error.code in WORTH_ANOTHER_TRY:
            asyncio.get_running_loop().call_later(error.retry_after or UNAVAILABLE_SECONDS, self._retry, entry)
            return
        del self._by_key[entry.command.key]
        self._finish(entry)
        entry.fail(RefusedError(error.code, error.message))

    def begin_epoch(self) -> None:
        """The store was restored, and a number that a write names may be another message's: such a write is not sent
        again, and fails with `new_epoch`. Whoever wrote it looks what became of it."""
        for key, entry in list(self._by_key.items()):
            if not any(getattr(entry.command, name, 0) for name in NUMBERS):
                continue
            del self._by_key[key]
            queue = self._queues[entry.command.conversation_id]
            queue.remove(entry)
            if not queue:
                del self._queues[entry.command.conversation_id]
            entry.fail(RefusedError("new_epoch", "The server was restored, and the number may be of another message."))

    def give_up(self, failure: BaseException) -> None:
        """Nothing will be sent any more; what became of the message under way in each conversation is unknown."""
        self._failure = failure
        entries, self._by_key, self._queues = list(self._by_key.values()), {}, {}
        for entry in entries:
            entry.fail(failure)

    def _retry(self, entry: Entry) -> None:
        if entry.command.key in self._by_key:
            self._send(entry)

    def _send(self, entry: Entry) -> None:
        now = time.monotonic()
        if self._write(entry.command):
            entry.began = entry.began or now
            entry.tried = now
            entry.tries += 1

    def _finish(self, entry: Entry) -> None:
        queue = self._queues[entry.command.conversation_id]
        queue.popleft()
        if queue:
            self._send(queue[0])
        else:
            del self._queues[entry.command.conversation_id]
