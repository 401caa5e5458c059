"""Answers in parts wait until the client has taken what was written before, and not for ever.

Daphne writes whatever it is given at once and Twisted keeps what the system does not take: sixty files that nobody read
filled the memory. Knows HTTP as Twisted speaks it, nothing of chat.
"""

from __future__ import annotations

import asyncio
from typing import Any

from chatproject.guard import unsent_bytes

# Whoever takes less within the deadline has stopped reading.
MIN_PROGRESS_BYTES = 8_192


class Backpressure:
    """Of one request; the transport's producer (Twisted's IPushProducer) between its parts."""

    def __init__(self, request: Any, stall_seconds: float) -> None:
        self._request = request
        self._stall_seconds = stall_seconds
        self._may_write = asyncio.Event()
        self._may_write.set()
        request.registerProducer(self, True)

    async def wait(self) -> None:
        """Until another part may be written. A client that makes no progress loses its connection."""
        while not self._may_write.is_set():
            transport = self._request.channel.transport if self._request.channel else None
            if transport is None:
                return
            before = unsent_bytes(transport)
            try:
                async with asyncio.timeout(self._stall_seconds):
                    await self._may_write.wait()
            except TimeoutError:
                if before - unsent_bytes(transport) < MIN_PROGRESS_BYTES:
                    transport.abortConnection()
                    return

    def end(self) -> None:
        """Before the last part."""
        self._request.unregisterProducer()

    # --- what the transport calls

    def pauseProducing(self) -> None:
        self._may_write.clear()

    def resumeProducing(self) -> None:
        self._may_write.set()

    def stopProducing(self) -> None:
        """The connection is gone."""
        self._may_write.set()
