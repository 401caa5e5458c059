"""What was decided elsewhere and concerns the live side: stored where it is a change, and told. Decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from accounts.tickets import tickets
from messaging.history import Draft
from messaging.protocol import (
    AnyChange,
    AttentionChanged,
    DraftChanged,
    InvitationsChanged,
    MemberJoined,
    QuietHoursChanged,
    ReportsChanged,
    SavedChanged,
)
from messaging.worker import current_worker


async def change_appearance(user_ids: Collection[UUID]) -> None:
    """What these people let others see, or may see of others, is another now."""
    current_worker().watchers.change(user_ids)


async def tell_attention(user_id: UUID, event: AttentionChanged | QuietHoursChanged) -> None:
    """A user wants to hear more or less now: all their sockets are told."""
    current_worker().delivery.tell_attention(user_id, event)


async def tell_own(user_id: UUID, event: DraftChanged | InvitationsChanged | ReportsChanged | SavedChanged) -> None:
    """What concerns a user alone is another now: all their sockets are told."""
    current_worker().delivery.tell_own(user_id, event)


async def append_changes(changes: Iterable[AnyChange]) -> None:
    """Store and announce what groups decided, in order. Repeating it is harmless: each change has its key."""
    for change in changes:
        reads = (change.user_id,) if isinstance(change, MemberJoined) else ()
        await current_worker().drafts.put(Draft(change, reads=reads))


async def change_members(
    conversation_id: UUID, *, added: Iterable[UUID] = (), removed: Iterable[UUID] = (), deleted: bool = False
) -> None:
    """Members, roles or blocks of a conversation are others now."""
    current_worker().delivery.members_changed(conversation_id, added=added, removed=removed, deleted=deleted)


async def erase_conversation(conversation_id: UUID) -> None:
    """Remove the messages of a conversation that was deleted."""
    await current_worker().history.erase(conversation_id)
    await current_worker().search.erase(conversation_id)


async def revoke_access(*, user_id: UUID | None, session_id: str | None) -> None:
    """A session ended, or with no session named a user may not come in any more: no ticket, and their sockets close."""
    await tickets().revoke(user_id=user_id, session_id=session_id)
    await current_worker().delivery.revoke(user_id=user_id, session_id=session_id)
