"""What a restored or failed-over store needs before people come back: a new epoch, and that nothing kept elsewhere goes
by numbers that the history does not have any more. Safe to repeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import ParamSpec, TypeVar
from uuid import UUID

from channels.db import database_sync_to_async
from django.db.models import Max

from accounts.errors import UnavailableError
from groups.models import Membership
from messaging.files.actions import doubt_all
from messaging.history import History
from messaging.models import Report, SavedMessage
from messaging.search import index
from messaging.search.indexer import Indexer

CONVERSATIONS_AT_ONCE = 200
MEMBERS_AT_ONCE = 1_000
# After a new numbering began nobody is served for four seconds.
READY_SECONDS = 30.0
READY_PAUSE_SECONDS = 0.25


P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Restored:
    """`shortened`: of how many conversations the relational data knew more than the history has; `marks`: how many went
    back."""

    epoch: int
    conversations: int = 0
    shortened: int = 0
    marks: int = 0


async def start_epoch(history: History) -> Restored:
    """Raises UnavailableError."""
    restored = Restored(await history.start_epoch())
    history.forget()
    await _until_ready(history)
    last: UUID | None = None
    while ids := await _on_thread(index.conversations_above, last, CONVERSATIONS_AT_ONCE):
        last = ids[-1]
        restored.conversations += len(ids)
        for conversation_id in await _shortened(history, ids):
            restored.shortened += 1
            await Indexer(history).erase(conversation_id)
            await _on_thread(doubt_all, conversation_id)
        for conversation_id in ids:
            restored.marks += await _take_back_marks(history, conversation_id)
    return restored


async def _until_ready(history: History) -> None:
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while await history.missing():
        if asyncio.get_running_loop().time() > deadline:
            raise UnavailableError
        await asyncio.sleep(READY_PAUSE_SECONDS)


async def _shortened(history: History, ids: Collection[UUID]) -> list[UUID]:
    """Those whose search index, saved messages or reports name numbers above the head. The latter go: another message
    will have the number. A report stays for site administrators, as if its conversation were gone."""
    heads = dict.fromkeys(ids, 0) | await history.heads(list(ids))
    found = []
    for conversation_id in await _on_thread(_ahead, heads):
        head = (await history.page(conversation_id, limit=1)).head  # exact, which heads need not be
        if await _on_thread(_let_go, conversation_id, head):
            found.append(conversation_id)
    return found


def _ahead(heads: Mapping[UUID, int]) -> list[UUID]:
    found = set(index.ahead(heads))
    for rows in (SavedMessage.objects, Report.objects):
        named = rows.filter(conversation__in=list(heads)).order_by().values_list("conversation_id")
        found |= {id_ for id_, seq in named.annotate(furthest=Max("seq")) if seq > heads[id_]}
    return sorted(found)


def _let_go(conversation_id: UUID, head: int) -> bool:
    """Whether there was anything above the head."""
    is_ahead = bool(_ahead({conversation_id: head}))
    SavedMessage.objects.filter(conversation_id=conversation_id, seq__gt=head).delete()
    Report.objects.filter(conversation_id=conversation_id, seq__gt=head).update(conversation=None)
    return is_ahead


async def _take_back_marks(history: History, conversation_id: UUID) -> int:
    members = await _on_thread(_members, conversation_id)
    starts = range(0, len(members), MEMBERS_AT_ONCE)
    return sum(
        [await history.take_back_marks(conversation_id, members[start : start + MEMBERS_AT_ONCE]) for start in starts]
    )


def _members(conversation_id: UUID) -> list[UUID]:
    return list(Membership.objects.filter(conversation_id=conversation_id).values_list("user_id", flat=True))


async def _on_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    result: T = await database_sync_to_async(work, thread_sensitive=False)(*args, **kwargs)
    return result
