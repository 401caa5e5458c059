"""Pages of changes, from one or two partitions at any depth; equal questions at one time are asked once."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from accounts.errors import UnavailableError
from messaging.history.cassandra.rows import BUCKET_CHANGES, bucket_of
from messaging.history.cassandra.session import Connection
from messaging.history.contract import PAGE_BYTES, Page

logger = logging.getLogger(__name__)
Bounds = tuple[UUID, int, int, bool]


def bounds_of(after: int | None, before: int | None, limit: int, head: int) -> tuple[int, int, bool]:
    """(first, last, forward) of a page as History.page asks for it; last < first: nothing."""
    if after is not None:
        return after + 1, min(head, after + limit), True
    last = head if before is None else min(head, before - 1)
    return max(1, last - limit + 1), last, False


class Pages:
    """Belongs to one event loop."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asked: dict[Bounds, asyncio.Task[list[bytes]]] = {}

    async def page(self, conversation_id: UUID, after: int | None, before: int | None, limit: int, head: int) -> Page:
        first, last, forward = bounds_of(after, before, limit, head)
        contents = await self._contents((conversation_id, first, last, forward)) if first <= last else []
        changes = _within_bytes(contents)
        is_whole = len(changes) == len(contents)
        complete = is_whole and (last >= head if forward else first <= 1)
        return Page(changes if forward else changes[::-1], head, complete)

    async def _contents(self, bounds: Bounds) -> list[bytes]:
        """In the order of reading: ascending when forward, else descending."""
        task = self._asked.get(bounds)
        if task is None:
            task = self._asked[bounds] = asyncio.get_running_loop().create_task(self._read(bounds))
            task.add_done_callback(lambda _: self._asked.pop(bounds, None))
        return await asyncio.shield(task)

    async def _read(self, bounds: Bounds) -> list[bytes]:
        conversation_id, first, last, forward = bounds
        buckets = range(bucket_of(first), bucket_of(last) + 1)
        contents: list[bytes] = []
        for bucket in buckets if forward else reversed(buckets):
            low = max(first, bucket * BUCKET_CHANGES)
            high = min(last, (bucket + 1) * BUCKET_CHANGES - 1)
            name = "page_up" if forward else "page_down"
            rows = await self._connection.run(name, conversation_id, bucket, low, high, high - low + 1)
            contents += [content for _, content in rows]
        if len(contents) != last - first + 1:
            # Below the head there is no hole; what does not answer in full does not answer.
            logger.error("%s: %d changes from %d to %d", conversation_id, len(contents), first, last)
            raise UnavailableError
        return contents


def _within_bytes(contents: list[bytes]) -> list[bytes]:
    """As many as fit into a page, at least one."""
    total = 0
    for index, content in enumerate(contents):
        total += len(content)
        if total > PAGE_BYTES and index:
            return contents[:index]
    return contents
