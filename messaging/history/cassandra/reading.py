"""Pages of changes, from one or two partitions at any depth."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

from accounts.errors import UnavailableError
from messaging.fold import WHOLE
from messaging.history.cassandra.annotations import contents_of, edits_of
from messaging.history.cassandra.buckets import BUCKET_CHANGES, bucket_of
from messaging.history.cassandra.session import Connection
from messaging.history.contract import VERSIONS_MOST, Page
from messaging.history.pages import LATER_MOST, Annotation, make_page
from messaging.history.pages import Row as PageRow
from messaging.protocol import decode_change

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

    async def page(self, conversation_id: UUID, after: int | None, before: int | None, limit: int, head: int) -> Page:
        first, last, forward = bounds_of(after, before, limit, head)
        bounds = conversation_id, first, last, forward
        rows, annotations = await self._read(bounds) if first <= last else ([], [])
        reaches_end = last >= head if forward else first <= 1
        return make_page(rows, annotations, head=head, forward=forward, reaches_end=reaches_end)

    async def edits(self, conversation_id: UUID, seq: int) -> list[bytes]:
        seqs = await edits_of(self._connection, conversation_id, seq)
        contents = await contents_of(self._connection, conversation_id, seqs[-VERSIONS_MOST:])
        return sorted(contents, key=lambda content: decode_change(content).seq)

    async def pins(self, conversation_id: UUID) -> list[bytes]:
        rows = await self._connection.run("annotations", conversation_id, bucket_of(WHOLE), WHOLE)
        return [content for _, content in sorted(rows)]

    async def _read(self, bounds: Bounds) -> tuple[list[PageRow], list[Annotation]]:
        """In the order of reading: ascending when forward, else descending. Both at once; a change that comes in
        between has a number above the head and is told live."""
        _, first, last, forward = bounds
        rows, annotations = await asyncio.gather(
            self._in_buckets("page_up" if forward else "page_down", bounds, last - first + 1),
            self._in_buckets("later_up" if forward else "later_down", bounds, LATER_MOST + 1),
        )
        if len(rows) != last - first + 1:
            rows = await self._read_everywhere(bounds, len(rows))
        return rows, annotations

    async def _read_everywhere(self, bounds: Bounds, found: int) -> list[PageRow]:
        """Below the head there is no hole. Where a quorum shows one, a node that has lost its newest data is in it, and
        another may have the change still: asked for by all of them it is theirs again.

        What does not answer in full does not answer.
        """
        conversation_id, first, last, forward = bounds
        logger.error("%s: %d changes from %d to %d, asking every node", conversation_id, found, first, last)
        name = "page_up" if forward else "page_down"
        rows = await self._in_buckets(name, bounds, last - first + 1, of_all_nodes=True)
        if len(rows) != last - first + 1:
            raise UnavailableError
        return rows

    async def _in_buckets(self, name: str, bounds: Bounds, most: int, *, of_all_nodes: bool = False) -> list[Any]:
        """What the statement finds between the bounds, bucket after bucket, at most so many."""
        conversation_id, first, last, forward = bounds
        buckets = range(bucket_of(first), bucket_of(last) + 1)
        found: list[Any] = []
        for bucket in buckets if forward else reversed(buckets):
            low = max(first, bucket * BUCKET_CHANGES)
            high = min(last, (bucket + 1) * BUCKET_CHANGES - 1)
            if left := most - len(found):
                values = conversation_id, bucket, low, high, left
                found += await self._connection.run(name, *values, of_all_nodes=of_all_nodes)
        return found
