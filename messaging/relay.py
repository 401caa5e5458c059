"""What workers tell each other through the channel layer. The only importer of the layer.

The layer is a wake-up, not the truth: it may lose anything, and the check of heads heals what it lost. One channel a
worker, one group a conversation with local members, so a publish reaches only the workers that need it; what waits is
told in one call, and what nobody else hears not at all. Every worker beats to itself through the layer each second:
silence means that it hears nobody. What may be told late and twice is told until the layer took it, if asked for.
Belongs to one event loop; with no layer shared, it does nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
import uuid
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from channels.layers import InMemoryChannelLayer, get_channel_layer

from messaging.ending import end

BEAT_SECONDS = 1.0
SILENCE_SECONDS = 3.0
WAITING_MOST = 10_000
RETRY_SECONDS = 1.0
# So long is told again what the layer did not take; by then nobody believes any more what it contradicts.
REPEAT_SECONDS = 60.0
FOLLOW_SECONDS = 2.0
# After this the layer knows for certain that we follow; before, somebody else might be taken for us.
FOLLOWED_SECONDS = 5.0
TOLD_AT_ONCE = 500
LAST_WORDS_SECONDS = 1.0
ALL_WORKERS = "workers"

logger = logging.getLogger(__name__)

Message = dict[str, Any]


class Told(NamedTuple):
    """Conversation None: to all workers."""

    conversation_id: UUID | None
    message: Message
    until_taken: bool
    at: float


def shared_layer() -> Any:
    """The channel layer when other workers can be behind it, else None."""
    layer = get_channel_layer()
    return None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer


class Relay:
    """`hear` gets what other workers told, in the order of their telling; never this worker's own words. `regained` is
    told whenever this worker hears again after it may have missed something."""

    def __init__(self, layer: Any, hear: Callable[[Message], None]) -> None:
        self.id = uuid.uuid4().hex
        self._layer = layer
        self._hear = hear
        self.regained: Callable[[], None] = lambda: None
        self._channel = ""
        # Since when; the conversation None stands for all workers.
        self._followed: dict[UUID | None, float] = {}
        self._beats = f"beat.{self.id}"
        self._following = asyncio.Lock()
        self._joined = asyncio.Event()
        self._waiting: asyncio.Queue[Told] = asyncio.Queue(WAITING_MOST)
        self._tasks: list[asyncio.Task[None]] = []
        self._beat_at = time.monotonic()
        # How often the layer's connection was made, and by which of them the last beat came.
        self._connection, self._beat_by = 0, -1
        self._is_connected: Callable[[], bool] = lambda: False

    @property
    def is_shared(self) -> bool:
        return self._layer is not None

    @property
    def is_current(self) -> bool:
        """Whether this worker hears the layer, or did a moment ago."""
        return not self.is_shared or time.monotonic() - self._beat_at < SILENCE_SECONDS

    @property
    def is_told(self) -> bool:
        """Whether nothing that others told is missed: what this worker remembers is as it was told last."""
        if not self.is_shared:
            return True
        return self._beat_by == self._connection and self.is_current and self._is_connected()

    def start(self) -> None:
        if self.is_shared and not self._tasks:
            self._tasks = [asyncio.create_task(work()) for work in (self._listen, self._publish, self._beat)]

    async def stop(self) -> None:
        """Tell what still waits, if the layer takes it soon."""
        if self._tasks:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._waiting.join(), LAST_WORDS_SECONDS)
        await end(self._tasks)
        self._tasks = []

    def tell_members(self, conversation_id: UUID, message: Message) -> None:
        """To the workers with members of the conversation."""
        self._tell(conversation_id, message)

    def tell_workers(self, message: Message, *, until_taken: bool = False) -> None:
        """To every other worker. `until_taken`: again and again, for what only says where to look."""
        self._tell(None, message, until_taken=until_taken)

    async def follow(self, conversation_ids: Iterable[UUID]) -> None:
        """From here on what is told to these conversations is heard.

        A layer that does not answer is not waited for: follow_only tries again, and the check of heads heals meanwhile.
        """
        if not self.is_shared:
            return
        try:
            async with asyncio.timeout(FOLLOW_SECONDS), self._following:
                await self._joined.wait()
                for conversation_id in conversation_ids:
                    if conversation_id not in self._followed:
                        await self._layer.group_add(_group_of(conversation_id), self._channel)
                        self._followed[conversation_id] = time.monotonic()
        except Exception:
            logger.warning("conversations cannot be followed now", exc_info=True)

    async def follow_only(self, conversations: Callable[[], Collection[UUID]]) -> None:
        """Follow what was missed, and let go of conversations that have no local members any more."""
        if not self.is_shared:
            return
        await self.follow(list(conversations()))
        for conversation_id in self._followed.keys() - {None, *conversations()}:
            async with self._following:
                if conversation_id not in conversations():
                    self._followed.pop(conversation_id, None)
                    await self._layer.group_discard(_group_of(conversation_id), self._channel)

    def _tell(self, conversation_id: UUID | None, message: Message, *, until_taken: bool = False) -> None:
        if not self.is_shared:
            return
        try:
            told = Told(conversation_id, message | {"origin": self.id}, until_taken, time.monotonic())
            self._waiting.put_nowait(told)
        except asyncio.QueueFull:
            logger.warning("the layer is too slow; an announcement was dropped")

    async def _join(self) -> None:
        self._channel = await self._layer.new_channel()
        self._is_connected = self._layer.watch_connection(self._connected)
        await self._layer.group_add(self._beats, self._channel)
        await self._layer.group_add(_group_of(None), self._channel)
        self._followed[None] = time.monotonic()
        self._joined.set()

    async def _connected(self, connection: Any) -> None:
        """It broke and stands again. A beat that comes by it proves that everything is followed again."""
        self._connection += 1

    async def _listen(self) -> None:
        while True:
            try:
                if not self._joined.is_set():
                    await self._join()
                for message in await self._layer.receive_all(self._channel):
                    self._receive(message)
            except Exception:
                logger.warning("the layer cannot be heard", exc_info=True)
                await asyncio.sleep(RETRY_SECONDS)

    def _receive(self, message: Message) -> None:
        try:
            if message["type"] == "beat":
                self._take_beat(message["connection"])
            elif message["origin"] != self.id:
                self._hear(message)
        except Exception:
            logger.exception("an announcement was not understood")

    def _take_beat(self, connection: int) -> None:
        if connection != self._connection:
            return
        was_told = self.is_told
        self._beat_at, self._beat_by = time.monotonic(), connection
        if not was_told:
            self.regained()

    async def _publish(self) -> None:
        """In order. Of what the layer does not take, what is to be told until it does is told again; of the changes of
        a conversation a number is missing, which those who follow it find out."""
        again: list[Told] = []
        while True:
            waiting = again or [await self._waiting.get()]
            waiting += self._take_waiting(TOLD_AT_ONCE - len(waiting))
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    await self._send(waiting[:TOLD_AT_ONCE])
                again = waiting[TOLD_AT_ONCE:]
            except Exception:
                logger.warning("%d announcements were not published", len(waiting), exc_info=True)
                waiting += self._take_waiting(WAITING_MOST)
                again = [one for one in waiting if one.until_taken and not _is_overdue(one)]
                again = again[-WAITING_MOST:]
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                for _ in range(len(waiting) - len(again)):
                    self._waiting.task_done()

    def _take_waiting(self, most: int) -> list[Told]:
        return [self._waiting.get_nowait() for _ in range(min(most, self._waiting.qsize()))]

    async def _send(self, waiting: Collection[Told]) -> None:
        told = [(_group_of(t.conversation_id), self._is_surely_followed(t.conversation_id), t.message) for t in waiting]
        await self._layer.send_to_others(told, self._beats)

    def _is_surely_followed(self, conversation_id: UUID | None) -> bool:
        return time.monotonic() - self._followed.get(conversation_id, math.inf) > FOLLOWED_SECONDS

    async def _beat(self) -> None:
        """The one group whose only member is the teller: the layer's own way does for it."""
        while True:
            with contextlib.suppress(Exception):
                await self._layer.group_send(self._beats, {"type": "beat", "connection": self._connection})
            await asyncio.sleep(BEAT_SECONDS)


def _is_overdue(told: Told) -> bool:
    return time.monotonic() - told.at > REPEAT_SECONDS


def _group_of(conversation_id: UUID | None) -> str:
    return f"conversation.{conversation_id.hex}" if conversation_id else ALL_WORKERS
