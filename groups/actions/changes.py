"""What every verb does around its own work: lock the group, check the actor's role, record, announce."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction

from accounts.errors import NotAllowedError, NotFoundError
from accounts.models import Block, User

from ..access import is_banned
from ..errors import BannedError
from ..models import Conversation, Invitation, Kind, Membership, PendingChange, Role
from ..signals import conversation_changed, invitations_changed


def locked(conversation: Conversation) -> Conversation:
    """The group as it is now, held until the transaction ends, so that counts and roles cannot change meanwhile."""
    groups = Conversation.objects.exclude(kind=Kind.DIRECT).select_for_update()
    group = groups.filter(pk=conversation.pk).first()
    if group is None:
        raise NotFoundError
    return group


def member(group: Conversation, user: User) -> Membership:
    """Raises NotFoundError to strangers, as if there were no group."""
    membership = Membership.objects.filter(conversation=group, user=user).first()
    if membership is None:
        raise NotFoundError
    return membership


def moderator(group: Conversation, actor: User) -> Membership:
    membership = member(group, actor)
    if not membership.can_moderate:
        raise NotAllowedError
    return membership


def owner(group: Conversation, actor: User) -> Membership:
    membership = member(group, actor)
    if membership.role != Role.OWNER:
        raise NotAllowedError
    return membership


def check_reachable(actor: User, user: User) -> None:
    """Raises the same NotAllowedError whoever blocked whom."""
    if not user.is_active:
        raise NotFoundError(field="user_id")
    if Block.objects.between(actor.pk, user.pk).exists():
        raise NotAllowedError("You cannot write to or invite this person.")


def check_not_banned(group: Conversation, actor: User, user: User) -> None:
    if not is_banned(user, group):
        return
    if actor.pk == user.pk:
        raise BannedError(f"You are banned from this {group.kind}.")
    raise BannedError(f"They are banned from this {group.kind}: lift the ban first.", field="user_id")


def record(group: Conversation, actor: User, change: str, **details: str | int) -> None:
    """A numbered change for the timeline; its types and fields are those of messaging/protocol/."""
    PendingChange.objects.create(conversation_id=group.pk, type=change, author_id=actor.pk, details=details)


def announce(
    conversation_id: uuid.UUID,
    *,
    added: Iterable[uuid.UUID] = (),
    removed: Iterable[uuid.UUID] = (),
    deleted: bool = False,
) -> None:
    """Tells upward once the transaction is committed."""
    told = {"conversation_id": conversation_id, "added": list(added), "removed": list(removed), "deleted": deleted}
    transaction.on_commit(lambda: conversation_changed.send(sender=Conversation, **told), robust=True)


def announce_invitations(user_id: uuid.UUID | None) -> None:
    """Once the transaction is committed; a link is addressed to nobody."""
    if user_id is not None:
        transaction.on_commit(lambda: invitations_changed.send(sender=Invitation, user_id=user_id), robust=True)
