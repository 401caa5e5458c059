"""One event loop's live state: its hub, its presence, its lanes into the history, its door to members, its chores.

Composition only: what each part does is told where it lives.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings

from messaging.allowance import Allowance
from messaging.delivery import Delivery
from messaging.ending import end
from messaging.errors import InProgressError
from messaging.history import Draft, History, Mark, Page, Stored, history
from messaging.history.coalescing import Coalesced
from messaging.history.lane import Lane
from messaging.hub import CLOSE_EPOCH, Hub
from messaging.keys import IssuedKeys
from messaging.known_epoch import KnownEpoch
from messaging.members import Members
from messaging.metrics import CHANGES_REFUSED, CHANGES_STORED, FLUSH_CHANGES, FLUSH_SECONDS
from messaging.presence import Presence, shared_register
from messaging.presence.watchers import Watchers
from messaging.protocol import PAGE_CHANGES, TYPING_SECONDS, decode_change
from messaging.receipts import Receipts
from messaging.reckoning import Reckoning
from messaging.relay import shared_layer
from messaging.room import Connection, Numbered
from messaging.search import Search, redis
from messaging.search.child import index_process

COMMANDS_BURST = 500
COMMANDS_PER_SECOND = 100
# Each may ask the register about hundreds of people.
WATCHES_BURST = 60
WATCHES_PER_SECOND = 2
SECONDS_PER_DAY = 86_400

# A chore that failed waits at least so long.
AFTER_FAILURE_SECONDS = 1.0

logger = logging.getLogger(__name__)

# A page that readers ask for: its conversation, after, before and limit, as History.page takes them.
PageAsked = tuple[UUID, int | None, int | None, int]


class Worker:
    """`layer`: the channel layer other workers share, None when there are none."""

    def __init__(self, store: History | None = None, layer: Any = None) -> None:
        self.history = store or history()
        self.epoch = KnownEpoch(self.history, self._begin_epoch)
        self.keys = IssuedKeys(self.history)
        self.members = Members()
        self.hub = Hub(self._fetch)
        self.presence = Presence(shared_register())
        self.watchers = Watchers(self.presence)
        self.receipts = Receipts(self.history, self.members, self.watchers.sight)
        self.hub.attend, self.hub.departed = self.presence.attend, self._depart
        self.presence.noticed, self.watchers.noticed = self.watchers.stir, self.receipts.stir
        self.delivery = Delivery(self.hub, self.members, layer)
        self.hub.notice = self.delivery.notice
        self.members.is_told = lambda: self.delivery.relay.is_told
        self.watchers.publish, self.delivery.heard_of_people = self.delivery.hint_at_people, self.watchers.hear
        self.delivery.heard_of_mark, self.delivery.heard_of_members = self.receipts.note_read, self.receipts.look_again
        self.drafts: Lane[Draft, Stored] = Lane(self._commit, self._announce)
        self.marks: Lane[tuple[UUID, UUID, int], Mark] = Lane(self.history.mark_read)
        self.pages: Coalesced[PageAsked, Page] = Coalesced(self._page)
        self.search = Search(self.history, redis.name if settings.REDIS_URL else index_process().name)
        self.commands = _allowance(COMMANDS_BURST, COMMANDS_PER_SECOND)
        self.sends = _allowance(settings.SEND_BURST, settings.SEND_PER_SECOND)
        self.texts = _allowance(settings.TEXT_PER_DAY, settings.TEXT_PER_DAY / SECONDS_PER_DAY)
        self.reckoning = Reckoning({"commands": self.commands, "sends": self.sends, "texts": self.texts})
        self.watches: Allowance[UUID] = Allowance(burst=WATCHES_BURST, per_second=WATCHES_PER_SECOND)
        self.typing: Allowance[tuple[UUID, UUID]] = Allowance(burst=1, per_second=1 / TYPING_SECONDS)
        self._housekeeping: list[asyncio.Task[None]] = []

    @property
    def has_chores(self) -> bool:
        return bool(self._housekeeping)

    def every(self, seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
        """Run a chore again and again; its failure is logged and the next turn tries again."""
        self._housekeeping.append(asyncio.create_task(_repeat(seconds, chore)))

    async def stop(self) -> None:
        """Finish what was accepted, then rest."""
        await self.drafts.drained()
        await self.marks.drained()
        await self.presence.stop()
        await self.delivery.relay.stop()
        await end(self._housekeeping)

    async def _begin_epoch(self) -> None:
        """What is remembered is of another history. Whoever is connected was told of it: they come back."""
        self.history.forget()
        self.members.forget_all()
        for connection in self.hub.connections():
            try:
                await self.hub.dismiss(connection, CLOSE_EPOCH)
            except Exception:
                logger.exception("a socket of the old epoch could not be closed")
                connection.outlet.cut()

    def _depart(self, connection: Connection) -> None:
        self.keys.withdraw(connection.key_prefix)
        self.watchers.drop(connection)
        self.receipts.drop(connection)

    async def _commit(self, drafts: Sequence[Draft]) -> Sequence[Stored | Exception]:
        FLUSH_CHANGES.observe(len(drafts))
        with FLUSH_SECONDS.time():
            return await self.history.commit(drafts)

    def _announce(self, outcomes: Sequence[Stored | Exception]) -> None:
        fresh = [item for item in outcomes if isinstance(item, Stored) and not item.repeated]
        CHANGES_STORED.inc(len(fresh))
        refused = (isinstance(item, Exception) and not isinstance(item, InProgressError) for item in outcomes)
        CHANGES_REFUSED.inc(sum(refused))
        self.delivery.announce(fresh)
        for item in fresh:
            self.search.backlog.note(item.change.conversation_id, item.change.seq)

    async def _page(self, asked: PageAsked) -> Page:
        conversation_id, after, before, limit = asked
        return await self.history.page(conversation_id, after=after, before=before, limit=limit)

    async def _fetch(self, conversation_id: UUID, after: int) -> Sequence[Numbered]:
        page = await self.history.page(conversation_id, after=after, limit=PAGE_CHANGES)
        return [(decode_change(content).seq, content) for content in page.changes]


def _allowance(burst: float, per_second: float) -> Allowance[UUID]:
    return Allowance(burst=burst, per_second=per_second, is_shared=bool(settings.REDIS_URL))


async def _repeat(seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await chore()
        except Exception:
            logger.exception("housekeeping failed")
            await asyncio.sleep(AFTER_FAILURE_SECONDS)


_workers: WeakKeyDictionary[asyncio.AbstractEventLoop, Worker] = WeakKeyDictionary()
# Whom the last call was answered with: asked for several times a message, nearly always by the one loop that serves.
_last: tuple[asyncio.AbstractEventLoop | None, Worker | None] = (None, None)


def current_worker() -> Worker:
    """The running loop's worker, made at its first use."""
    global _last
    loop = asyncio.get_running_loop()
    known, worker = _last
    if worker is None or known is not loop:
        worker = _workers.get(loop) or Worker(layer=shared_layer())
        _workers[loop], _last = worker, (loop, worker)
    return worker
