"""Brings the index up to the heads of conversations: woken by what workers name, and by a sweep that misses nothing.
Belongs to one event loop, of the process that indexes (`process`).

What is to do is never noted anywhere: it is every change above a conversation's cursor, in whichever process. Several
may try at once; a step counts only from where the cursor stands. Nothing here is on the way of a message: woken
conversations wait their turn and many share a step.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from accounts.errors import UnavailableError
from messaging.history import History, Page
from messaging.protocol import decode_change
from messaging.search import index
from messaging.search.index import Standing, Step
from messaging.search.texts import batch_of
from messaging.search.threads import INDEXING, on_thread

# A step reads pages of so many conversations, or until it has so many changes, and takes them in with one transaction.
CONVERSATIONS_AT_ONCE = 32
CHANGES_AT_ONCE = 192
PAGE_CHANGES = 64
BLOCKS_AT_ONCE = 4
READ_AT_ONCE = 4
# What comes in a burst is taken in together: a step costs nearly the same for one change as for many, and who searches
# waits for none of this.
GATHER_SECONDS = 1.0
# Of all conversations so many are compared with their cursors in one sweep.
SWEEP_CONVERSATIONS = 200

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Reading:
    """What was read of a conversation for a step: what is new, else what is to be made anew."""

    conversation_id: UUID
    after: int
    page: Page
    is_renewal: bool

    @property
    def upto(self) -> int:
        """Changes are numbered without a gap."""
        return self.after + len(self.page.changes)


class Indexer:
    def __init__(self, history: History) -> None:
        self._history = history
        self._woken: dict[UUID, None] = {}
        self._stir = asyncio.Event()
        self._swept: UUID | None = None

    @property
    def waiting(self) -> int:
        """How many conversations wait their turn."""
        return len(self._woken)

    @property
    def has_swept_all(self) -> bool:
        """Whether the next sweep begins with the first conversation."""
        return self._swept is None

    def wake(self, conversation_ids: Iterable[UUID]) -> None:
        """There is more of these conversations."""
        self._woken |= dict.fromkeys(conversation_ids)
        if self._woken:
            self._stir.set()

    async def work(self) -> None:
        """A chore: what was woken, first come first served; what is not done in a step comes last again."""
        await self._stir.wait()
        await asyncio.sleep(GATHER_SECONDS)
        while self._woken:
            some = list(islice(self._woken, CONVERSATIONS_AT_ONCE))
            for conversation_id in some:
                del self._woken[conversation_id]
            self._woken |= dict.fromkeys(await self._try_step(some))
        self._stir.clear()

    async def sweep(self) -> None:
        """A chore: the next conversations are compared with the index; after the last, those that are gone go."""
        ids = await on_thread(INDEXING, index.conversations_above, self._swept, SWEEP_CONVERSATIONS)
        self._swept = ids[-1] if len(ids) == SWEEP_CONVERSATIONS else None
        self.wake(await self._behind(ids))
        self.wake(await on_thread(INDEXING, index.unsealed, ids))
        if self._swept is None:
            for conversation_id in await on_thread(INDEXING, index.left_behind, SWEEP_CONVERSATIONS):
                await self.erase(conversation_id)

    async def erase(self, conversation_id: UUID) -> None:
        await on_thread(INDEXING, index.erase, conversation_id)

    async def finish(self, conversation_id: UUID) -> None:
        """Up to its head, without a rest."""
        while await self._step([conversation_id]):
            pass

    async def _behind(self, conversation_ids: Collection[UUID]) -> list[UUID]:
        if not conversation_ids:
            return []
        heads = await self._history.heads(list(conversation_ids))
        return await on_thread(INDEXING, index.behind, heads)

    async def _try_step(self, conversation_ids: Collection[UUID]) -> Collection[UUID]:
        """As _step; what the history does not answer for is left to a sweep."""
        try:
            return await self._step(conversation_ids)
        except UnavailableError:
            logger.warning("conversations wait to be indexed", exc_info=True)
            return ()

    async def _step(self, conversation_ids: Collection[UUID]) -> list[UUID]:
        """Those of which there may be more. Where another worker was faster, it goes on from there."""
        standings = await on_thread(INDEXING, index.begin, conversation_ids)
        read = await self._read_some(standings)
        await on_thread(INDEXING, _take_in, read)
        through = {one.conversation_id for one in read if not _has_more(one, standings[one.conversation_id])}
        lacking = await self._seal({id_: standings[id_] for id_ in through})
        return lacking + [id_ for id_ in standings if id_ not in through]

    async def _read_some(self, standings: Mapping[UUID, Standing]) -> list[Reading]:
        """Of as many as there is room for in a step."""
        waiting, read = iter(standings.items()), list[Reading]()
        while sum(len(one.page.changes) for one in read) < CHANGES_AT_ONCE:
            some = list(islice(waiting, READ_AT_ONCE))
            if not some:
                break
            read += await asyncio.gather(*(self._read(*item) for item in some))
        return read

    async def _read(self, conversation_id: UUID, standing: Standing) -> Reading:
        page = await self._history.page(conversation_id, after=standing.seq, limit=PAGE_CHANGES)
        if page.changes or standing.renewed is None:
            return Reading(conversation_id, standing.seq, page, is_renewal=False)
        page = await self._history.page(conversation_id, after=standing.renewed, limit=PAGE_CHANGES)
        return Reading(conversation_id, standing.renewed, page, is_renewal=True)

    async def _seal(self, standings: Mapping[UUID, Standing]) -> list[UUID]:
        """Some blocks of these conversations; those that may lack others."""
        lacking = await on_thread(INDEXING, index.unsealed, standings)
        for conversation_id in lacking * max(1, BLOCKS_AT_ONCE // max(1, len(lacking))):
            await on_thread(INDEXING, index.seal, standings[conversation_id].cursor)
        return lacking


def _take_in(read: Collection[Reading]) -> None:
    """Decoding and folding too: long texts take their time."""
    index.advance_all([_step_of(one) for one in read if one.page.changes and not one.is_renewal])
    for one in read:
        if one.is_renewal:
            fresh = batch_of(map(decode_change, (*one.page.changes, *one.page.later))).entries
            # Of a history that was restored from a backup there may be less than was indexed once.
            index.renew(one.conversation_id, one.after, one.upto if one.page.changes else None, fresh)


def _step_of(one: Reading) -> Step:
    return Step(one.conversation_id, one.after, one.upto, batch_of(map(decode_change, one.page.changes)))


def _has_more(one: Reading, standing: Standing) -> bool:
    if one.is_renewal:
        return bool(one.page.changes) and one.upto < standing.seq
    return one.upto < one.page.head or standing.renewed is not None
