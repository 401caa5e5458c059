"""The epoch of the history as this worker knows it: read once before it is first said, and looked at again with every
check of heads. Belongs to one event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from messaging.history import History

logger = logging.getLogger(__name__)


class KnownEpoch:
    """`begun` is called once another epoch is in force than was known: nothing that was told before counts any more."""

    def __init__(self, history: History, begun: Callable[[], Awaitable[None]]) -> None:
        self._history = history
        self._begun = begun
        self._number: int | None = None
        # An older answer must not come after a newer one.
        self._looking = asyncio.Lock()

    async def number(self) -> int:
        """Raises UnavailableError while it was never read."""
        if self._number is None:
            async with self._looking:  # a thousand sockets that come at once read it once
                if self._number is None:
                    self._number = await self._history.epoch()
        return self._number

    async def look(self) -> None:
        """Raises UnavailableError."""
        async with self._looking:
            before, self._number = self._number, await self._history.epoch()
            if before in (None, self._number):
                return
            logger.warning("epoch %d begins: the history was restored or failed over", self._number)
            await self._begun()
