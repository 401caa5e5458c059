"""Messages in a line each, read by their numbers as they are now: for lists that lead to them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from uuid import UUID

from messaging import markup
from messaging.fold import Annotations
from messaging.protocol import MessageSent, Preview, decode_change
from messaging.worker import current_worker

# So many are read at one time.
READ_AT_ONCE = 20

Place = tuple[UUID, int]


async def read_previews(places: Iterable[Place]) -> dict[Place, Preview]:
    """By conversation and seq; deleted messages, and what is none, are left out. Who asks has checked the access."""
    turns = asyncio.Semaphore(READ_AT_ONCE)

    async def read(place: Place) -> Preview | None:
        async with turns:
            return await _read_preview(*place)

    wanted = list(dict.fromkeys(places))
    found = await asyncio.gather(*(read(place) for place in wanted))
    return {place: preview for place, preview in zip(wanted, found, strict=True) if preview}


async def _read_preview(conversation_id: UUID, seq: int) -> Preview | None:
    page = await current_worker().history.page(conversation_id, after=seq - 1, limit=1)
    message = decode_change(page.changes[0]) if page.changes else None
    if not isinstance(message, MessageSent):
        return None
    shown = Annotations(map(decode_change, page.later)).shown(message)
    if shown.is_deleted:
        return None
    return Preview(message.author_id, markup.preview(shown.body, shown.html, shown.file), message.sent_at, seq)
