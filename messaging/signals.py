"""What messaging does when accounts or groups tell that something changed: all upward calls, in one place.

Each runs after the commit that caused it, on the thread of that request.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.dispatch import receiver
from msgspec import convert

from accounts.errors import RefusalError
from accounts.followers.lately import note_writes
from accounts.models import User
from accounts.signals import access_revoked, appearance_changed, blocks_changed, quiet_hours_changed
from groups.models import Conversation, Invitation, Membership, direct_pair
from groups.signals import attention_changed, conversation_changed, invitations_changed
from messaging import actions
from messaging.drafting import forget_drafts
from messaging.members import attention_of
from messaging.pending import publish_pending
from messaging.protocol import AttentionChanged, InvitationsChanged, QuietHours, QuietHoursChanged
from messaging.saved import forget_saved

logger = logging.getLogger(__name__)


@receiver(conversation_changed)
def on_conversation_changed(
    conversation_id: UUID, added: list[UUID], removed: list[UUID], deleted: bool, **kwargs: Any
) -> None:
    """Those concerned see it wherever they look, and those removed stop hearing before the change is stored; a store
    that is down leaves it to the sweeper.

    Of a deleted conversation nobody is a member any more, so nothing of it is given out; but what a store that is down
    could not erase stays in it, and the log says which.
    """
    note_writes([*added, *removed])
    async_to_sync(actions.change_members)(conversation_id, added=added, removed=removed, deleted=deleted)
    forget_saved(conversation_id, removed)
    forget_drafts(conversation_id, removed)
    if deleted:
        return _erase(conversation_id)
    try:
        publish_pending(conversation_id)
    except RefusalError:
        logger.warning("changes of %s wait for the history", conversation_id, exc_info=True)
    return None


def _erase(conversation_id: UUID) -> None:
    try:
        async_to_sync(actions.erase_conversation)(conversation_id)
    except RefusalError:
        logger.exception("what was said in %s, which was deleted, could not be erased", conversation_id)


@receiver(access_revoked)
def on_access_revoked(user_id: UUID | None = None, session_id: str | None = None, **kwargs: Any) -> None:
    async_to_sync(actions.revoke_access)(user_id=user_id, session_id=session_id)


@receiver(appearance_changed)
def on_appearance_changed(user_id: UUID, **kwargs: Any) -> None:
    async_to_sync(actions.change_appearance)([user_id])


@receiver(blocks_changed)
def on_blocks_changed(user_ids: tuple[UUID, UUID], **kwargs: Any) -> None:
    async_to_sync(actions.change_appearance)(user_ids)
    pair = direct_pair(*user_ids)
    if conversation_id := Conversation.objects.filter(direct_pair=pair).values_list("id", flat=True).first():
        async_to_sync(actions.change_members)(conversation_id)


@receiver(attention_changed)
def on_attention_changed(user_id: UUID, membership: Membership, **kwargs: Any) -> None:
    note_writes([user_id])
    event = AttentionChanged(conversation_id=membership.conversation_id, attention=attention_of(membership))
    async_to_sync(actions.tell_attention)(user_id, event)


@receiver(invitations_changed)
def on_invitations_changed(user_id: UUID, **kwargs: Any) -> None:
    note_writes([user_id])
    if user := User.objects.filter(pk=user_id).first():
        event = InvitationsChanged(count=Invitation.objects.addressed_to(user).count())
        async_to_sync(actions.tell_own)(user_id, event)


@receiver(quiet_hours_changed)
def on_quiet_hours_changed(user_id: UUID, quiet_hours: dict[str, str] | None, **kwargs: Any) -> None:
    event = QuietHoursChanged(quiet_hours=convert(quiet_hours, QuietHours | None))
    async_to_sync(actions.tell_attention)(user_id, event)
