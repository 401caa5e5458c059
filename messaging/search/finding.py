"""Answers a search: asks the index, then reads each message as it is now. What the index says is never shown.

So a text that was edited or deleted a moment ago is not found by what it said before. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from messaging.fold import Annotations
from messaging.history import History
from messaging.protocol import MessageSent, decode_change
from messaging.search import index
from messaging.search.index import Hit, Place, Wanted
from messaging.search.indexer import Indexer, on_thread
from messaging.search.snippets import Part, hits, snippet
from messaging.search.texts import visible_text

# What was said up to now is in the answer, unless taking it in takes longer than this.
CATCH_UP_SECONDS = 2.0
READ_AT_ONCE = 20
# Hits whose message says something else by now are replaced by further ones so many times.
ROUNDS_MOST = 5
# Between a text and the name of its file; no term of a search goes across.
BEFORE_NAME = "\n· "


@dataclass(slots=True)
class Found:
    """A message that fits."""

    conversation_id: UUID
    seq: int
    author_id: UUID
    sent_at: str
    content_type: str
    snippet: list[Part]


@dataclass(slots=True)
class FoundPage:
    """Newest first. `below`: where the next page goes on, None after the last. `is_complete`: nothing waited to be
    indexed."""

    results: list[Found]
    below: Place | None
    is_complete: bool


class Search:
    def __init__(self, history: History) -> None:
        self._history = history
        self.indexer = Indexer(history)
        self._reads = asyncio.Semaphore(READ_AT_ONCE)

    async def find(self, wanted: Wanted, limit: int) -> FoundPage:
        """Who asks has made sure that the conversations are theirs. Raises UnavailableError."""
        is_complete = await self.indexer.catch_up(wanted.conversation_ids, CATCH_UP_SECONDS)
        results: list[Found] = []
        below = wanted.below
        for _ in range(ROUNDS_MOST):
            few = limit - len(results)
            found = await self._ask_index(replace(wanted, below=below), few + 1)
            results += await self._read(found[:few], wanted.terms)
            below = found[few - 1].place if len(found) > few else None
            if below is None or len(results) == limit:
                break
        return FoundPage(results, below, is_complete)

    async def _ask_index(self, wanted: Wanted, limit: int) -> list[Hit]:
        if not wanted.conversation_ids or wanted.author_ids == set():
            return []
        return await on_thread(index.find, wanted, limit)

    async def _read(self, found: Sequence[Hit], terms: Sequence[str]) -> list[Found]:
        read = await asyncio.gather(*(self._message(hit, terms) for hit in found))
        return [message for message in read if message]

    async def _message(self, hit: Hit, terms: Sequence[str]) -> Found | None:
        """None when it does not say so any more."""
        async with self._reads:
            page = await self._history.page(hit.conversation_id, after=hit.place.seq - 1, limit=1)
        message = decode_change(page.changes[0]) if page.changes else None
        if not isinstance(message, MessageSent):
            return None
        shown = Annotations(map(decode_change, page.later)).shown(message)
        name = shown.file.name if shown.file else ""
        text = BEFORE_NAME.join(filter(None, [visible_text(shown.body, shown.html), name]))
        spans = hits(terms, text)
        if shown.is_deleted or spans is None:
            return None
        return Found(
            conversation_id=hit.conversation_id,
            seq=message.seq,
            author_id=message.author_id,
            sent_at=message.sent_at,
            content_type=message.content_type,
            snippet=snippet(text, spans),
        )
