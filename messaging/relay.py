"""What workers tell each other through the channel layer. The only importer of the layer.

The layer is a wake-up, not the truth: it may lose anything, and the check of heads heals what it lost. One channel a
worker, one group a conversation with local members, so a publish reaches only the workers that need it. Every worker
beats to itself through the layer each second: silence means that it hears nobody. Belongs to one event loop; with no
layer shared, it does nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from channels.layers import InMemoryChannelLayer, get_channel_layer

BEAT_SECONDS = 1.0
SILENCE_SECONDS = 3.0
WAITING_MOST = 10_000
RETRY_SECONDS = 1.0
FOLLOW_SECONDS = 2.0
LAST_WORDS_SECONDS = 1.0
ALL_WORKERS = "workers"

logger = logging.getLogger(__name__)

Message = dict[str, Any]


def shared_layer() -> Any:
    """The channel layer when other workers can be behind it, else None."""
    layer = get_channel_layer()
    return None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer


class Relay:
    """`hear` gets what other workers told, in the order of their telling; never this worker's own words."""

    def __init__(self, layer: Any, hear: Callable[[Message], None]) -> None:
        self.id = uuid.uuid4().hex
        self._layer = layer
        self._hear = hear
        self._channel = ""
        self._followed: set[UUID] = set()
        self._following = asyncio.Lock()
        self._joined = asyncio.Event()
        self._waiting: asyncio.Queue[tuple[str, Message]] = asyncio.Queue(WAITING_MOST)
        self._tasks: list[asyncio.Task[None]] = []
        self._beat_at = time.monotonic()

    @property
    def is_shared(self) -> bool:
        return self._layer is not None

    @property
    def is_current(self) -> bool:
        """Whether this worker hears the layer now."""
        return not self.is_shared or time.monotonic() - self._beat_at < SILENCE_SECONDS

    def start(self) -> None:
        if self.is_shared and not self._tasks:
            self._tasks = [asyncio.create_task(work()) for work in (self._listen, self._publish, self._beat)]

    async def stop(self) -> None:
        """Tell what still waits, if the layer takes it soon."""
        if self._tasks:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._waiting.join(), LAST_WORDS_SECONDS)
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    def tell_members(self, conversation_id: UUID, message: Message) -> None:
        """To the workers with members of the conversation."""
        self._tell(f"conversation.{conversation_id.hex}", message)

    def tell_workers(self, message: Message) -> None:
        """To every other worker."""
        self._tell(ALL_WORKERS, message)

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
                        await self._layer.group_add(f"conversation.{conversation_id.hex}", self._channel)
                        self._followed.add(conversation_id)
        except Exception:
            logger.warning("conversations cannot be followed now", exc_info=True)

    async def follow_only(self, conversations: Callable[[], Collection[UUID]]) -> None:
        """Follow what was missed, and let go of conversations that have no local members any more."""
        await self.follow(list(conversations()))
        for conversation_id in self._followed - set(conversations()):
            async with self._following:
                if conversation_id not in conversations():
                    self._followed.discard(conversation_id)
                    await self._layer.group_discard(f"conversation.{conversation_id.hex}", self._channel)

    def _tell(self, group: str, message: Message) -> None:
        if not self.is_shared:
            return
        try:
            self._waiting.put_nowait((group, message | {"origin": self.id}))
        except asyncio.QueueFull:
            logger.warning("the layer is too slow; an announcement was dropped")

    async def _join(self) -> None:
        self._channel = await self._layer.new_channel()
        for group in (ALL_WORKERS, f"beat.{self.id}"):
            await self._layer.group_add(group, self._channel)
        self._joined.set()

    async def _listen(self) -> None:
        while True:
            try:
                if not self._joined.is_set():
                    await self._join()
                self._receive(await self._layer.receive(self._channel))
            except Exception:
                logger.warning("the layer cannot be heard", exc_info=True)
                await asyncio.sleep(RETRY_SECONDS)

    def _receive(self, message: Message) -> None:
        if message["type"] == "beat":
            self._beat_at = time.monotonic()
        elif message["origin"] != self.id:
            self._hear(message)

    async def _publish(self) -> None:
        while True:
            group, message = await self._waiting.get()
            try:
                await self._layer.group_send(group, message)
            except Exception:
                logger.warning("an announcement was not published", exc_info=True)
            finally:
                self._waiting.task_done()

    async def _beat(self) -> None:
        while True:
            self._tell(f"beat.{self.id}", {"type": "beat"})
            await asyncio.sleep(BEAT_SECONDS)
