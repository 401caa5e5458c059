"""What leads back into a conversation: what others changed while somebody was away, and what is pinned."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from messaging import actions
from messaging.missed import Missed, MissedItem, summarize
from messaging.protocol import PAGE_CHANGES, AnyChange, MessagePinned, Preview, decode_change
from messaging.quoting import read_previews
from messaging.worker import current_worker

# So many pages are looked at.
MISSED_PAGES = 10
QUOTED = ("edited", "reacted", "pinned")


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
    """What the last of the messages that others changed and did not delete say now."""
    told = [item for item in items if item.kind in QUOTED][-actions.QUOTED_MOST :]
    previews = await read_previews((conversation_id, item.seq) for item in told)
    for item in told:
        if preview := previews.get((conversation_id, item.seq)):
            item.text = preview.text


async def read_pins(user_id: UUID, conversation_id: UUID) -> list[tuple[MessagePinned, Preview]]:
    """What is pinned now, the last pinned first: how it came to be, and what the message says."""
    await actions.access_conversation(user_id, conversation_id)
    pins = await actions.list_pins(conversation_id)
    previews = await read_previews((conversation_id, pin.target) for pin in pins)
    found = [(pin, previews.get((conversation_id, pin.target))) for pin in reversed(pins)]
    return [(pin, preview) for pin, preview in found if preview]
