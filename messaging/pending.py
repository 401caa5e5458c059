"""From what groups decided to the timeline: appends pending changes to the history and removes them.

Safe to run twice, at once, or after a crash in between: a pending change's key makes its append happen once.
"""

from __future__ import annotations

from uuid import UUID

import msgspec
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async

from accounts.models import new_id
from groups.models import PendingChange
from messaging import actions
from messaging.protocol import CHANGES, AnyChange

PENDING_MOST = 500


def publish_pending(conversation_id: UUID) -> None:
    """Called on the thread of the request that made them, after its commit."""
    rows = list(PendingChange.objects.filter(conversation_id=conversation_id).order_by("id")[:PENDING_MOST])
    if rows:
        async_to_sync(actions.append_changes)([_change(row) for row in rows])
        _remove(rows)


async def publish_left_behind() -> None:
    """What a process left when it died between its commit and its append."""
    rows = await database_sync_to_async(_oldest, thread_sensitive=False)()
    if rows:
        await actions.append_changes([_change(row) for row in rows])
        await database_sync_to_async(_remove, thread_sensitive=False)(rows)


def _oldest() -> list[PendingChange]:
    return list(PendingChange.objects.order_by("id")[:PENDING_MOST])


def _remove(rows: list[PendingChange]) -> None:
    PendingChange.objects.filter(id__in=[row.id for row in rows]).delete()


def _change(row: PendingChange) -> AnyChange:
    return msgspec.convert(
        {
            "type": row.type,
            "conversation_id": row.conversation_id,
            "id": new_id(),
            "key": row.key,
            "author_id": row.author_id,
            **row.details,
        },
        CHANGES[row.type],
    )
