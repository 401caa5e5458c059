"""What somebody missed in a conversation, read from the history: what others changed, and what the messages say now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from messaging import actions, markup
from messaging.fold import Annotations
from messaging.missed import Missed, MissedItem, summarize
from messaging.protocol import PAGE_CHANGES, AnyChange, MessageSent, decode_change
from messaging.worker import current_worker

# So many pages are looked at.
MISSED_PAGES = 10


async def read_missed(user_id: UUID, *, conversation_id: UUID, since: int | None = None) -> Missed:
    """What others changed above `since`, or above the user's read mark."""
    await actions.access_conversation(user_id, conversation_id)
    if since is None:
        [position] = await current_worker().history.positions(user_id, [conversation_id])
        since = position.read
    changes, head, is_complete = await _read_since(conversation_id, since)
    counts, items = summarize(changes, user_id)
    await _quote(conversation_id, items)
    return Missed(since, head, is_complete, counts, items)


async def _read_since(conversation_id: UUID, since: int) -> tuple[list[AnyChange], int, bool]:
    """The newest changes above a seq, MISSED_PAGES at most; the head, and whether they are all."""
    changes: list[AnyChange] = []
    before, head = None, 0
    for _ in range(MISSED_PAGES):
        page = await current_worker().pages.get((conversation_id, None, before, PAGE_CHANGES))
        head = max(head, page.head)
        read = [decode_change(content) for content in page.changes]
        changes = [change for change in read if change.seq > since] + changes
        if page.complete or not read or read[0].seq <= since + 1:
            return changes, head, True
        before = read[0].seq
    return changes, head, False


async def _quote(conversation_id: UUID, items: Sequence[MissedItem]) -> None:
    """What the last of the messages that others edited or reacted to say now."""
    told = [item for item in items if item.kind in ("edited", "reacted")][-actions.QUOTED_MOST :]
    read = current_worker().history.page
    pages = await asyncio.gather(*(read(conversation_id, after=item.seq - 1, limit=1) for item in told))
    for item, page in zip(told, pages, strict=True):
        message = decode_change(page.changes[0]) if page.changes else None
        if isinstance(message, MessageSent):
            shown = Annotations(map(decode_change, page.later)).shown(message)
            item.text = markup.preview(shown.body, shown.html)
