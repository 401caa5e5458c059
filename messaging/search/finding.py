"""Answers a search: asks the index, then reads each message as it is now; what is not indexed yet it looks through.
What the index says is never shown.

So a text that was edited or deleted a moment ago is not found by what it said before. Belongs to one event loop, on
which it only waits: what takes time is done on the search's threads, and what one query may ask of them is bounded.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID

from messaging.history import History, Page
from messaging.search import index
from messaging.search.backlog import Backlog, Name, to_nobody
from messaging.search.index import Hit, Hits, Place, Wanted
from messaging.search.matching import MAX_CHARACTERS, Budget, Found, Match, matching
from messaging.search.recent import find_recent
from messaging.search.threads import ANSWERING, INDEXING, MATCHING, on_thread

READ_AT_ONCE = 4
# Messages of a conversation that are no further apart are read together.
NEAR = 8
# Hits whose message says something else by now are replaced by further ones so many times.
MAX_ROUNDS = 5


@dataclass(slots=True)
class FoundPage:
    """Newest first. `below`: where the next page goes on, None after the last. `is_complete`: what was not indexed yet
    was little enough to be looked at, too."""

    results: list[Found]
    below: Place | None
    is_complete: bool


class Search:
    def __init__(self, history: History, name: Name = to_nobody) -> None:
        self._history = history
        self.backlog = Backlog(name)
        self._reads = asyncio.Semaphore(READ_AT_ONCE)

    async def find(self, wanted: Wanted, limit: int) -> FoundPage:
        """Who asks has made sure that the conversations are theirs. A page may be short, with another one to follow:
        one query reads and compares so much and no more. Raises UnavailableError."""
        recent = await find_recent(self._history, wanted)
        self.backlog.wake(recent.behind)
        indexed, below = await self._find_indexed(wanted, limit)
        matches = {(match.found.conversation_id, match.found.seq): match for match in (*indexed, *recent.matches)}
        # Below the place where the index goes on there may be others; these come again then.
        ready = [match for match in matches.values() if below is None or match.place >= below]
        ready.sort(key=lambda match: match.place, reverse=True)
        if len(ready) > limit:
            below = ready[limit - 1].place
        return FoundPage([match.found for match in ready[:limit]], below, recent.is_complete)

    async def erase(self, conversation_id: UUID) -> None:
        """Remove everything of a conversation that was deleted."""
        await on_thread(INDEXING, index.erase, conversation_id)

    async def _find_indexed(self, wanted: Wanted, limit: int) -> tuple[list[Match], Place | None]:
        """And where to go on."""
        results: list[Match] = []
        below = wanted.below
        budget = Budget(MAX_CHARACTERS)
        for _ in range(MAX_ROUNDS):
            found = await self._ask_index(replace(wanted, below=below), limit - len(results))
            pages = await self._read(found)
            matches, count = await on_thread(MATCHING, matching, found, pages, wanted.terms, budget)
            results += matches
            below = found[count - 1].place if count < len(found) else found.further
            if below is None or len(results) == limit or budget.is_spent:
                break
        return results, below

    async def _ask_index(self, wanted: Wanted, limit: int) -> Hits:
        if not wanted.conversation_ids or wanted.author_ids == set():
            return Hits()
        return await on_thread(ANSWERING, index.find, wanted, limit)

    async def _read(self, found: Sequence[Hit]) -> dict[UUID, list[Page]]:
        """The messages, with what lies between those that are near each other, by conversation."""
        stretches = list(_stretches(found))
        read = await asyncio.gather(*(self._pages(*stretch) for stretch in stretches))
        pages: dict[UUID, list[Page]] = defaultdict(list)
        for (conversation_id, _, _), some in zip(stretches, read, strict=True):
            pages[conversation_id] += some
        return pages

    async def _pages(self, conversation_id: UUID, first: int, last: int) -> list[Page]:
        pages: list[Page] = []
        after = first - 1
        async with self._reads:
            while after < last:
                page = await self._history.page(conversation_id, after=after, limit=last - after)
                if not page.changes:
                    break
                pages.append(page)
                after += len(page.changes)
        return pages


def _stretches(found: Sequence[Hit]) -> Iterator[tuple[UUID, int, int]]:
    """Conversation, first and last seq of what is read together."""
    places = sorted((hit.conversation_id, hit.place.seq) for hit in found)
    begins = 0
    for number, (one, following) in enumerate(pairwise([*places, (None, 0)]), 1):
        if one[0] != following[0] or following[1] - one[1] > NEAR:
            yield one[0], places[begins][1], one[1]  # type: ignore[misc]
            begins = number
