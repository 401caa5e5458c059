"""From the driver's thread to an event loop: what is finished there wakes the loop once, however much it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Any

from cassandra.cluster import ResponseFuture

Answer = list[tuple[Any, ...]]


class Bridge:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._finished: deque[tuple[asyncio.Future[Answer], Answer, BaseException | None]] = deque()
        self._is_woken = False

    def result(self, request: ResponseFuture) -> asyncio.Future[Answer]:
        future: asyncio.Future[Answer] = self._loop.create_future()
        request.add_callbacks(
            lambda rows: self._finish(future, list(rows or ()), None),
            lambda error: self._finish(future, [], error),
        )
        return future

    def _finish(self, future: asyncio.Future[Answer], rows: Answer, error: BaseException | None) -> None:
        """On the driver's thread."""
        self._finished.append((future, rows, error))
        if not self._is_woken:
            self._is_woken = True
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
                self._loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        # Before the first is taken: what finishes from here on wakes the loop again.
        self._is_woken = False
        while self._finished:
            future, rows, error = self._finished.popleft()
            if future.done():
                continue
            if error is None:
                future.set_result(rows)
            else:
                future.set_exception(error)
