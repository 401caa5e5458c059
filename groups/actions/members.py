"""Coming, going, and who has which role."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F

from accounts import limits
from accounts.errors import InvalidError, NotAllowedError, NotFoundError
from accounts.models import User

from ..access import access_invite
from ..consent import addable
from ..errors import LastOwnerError
from ..models import GROUP_MEMBERS_MOST, Conversation, Invitation, Kind, Membership, Role
from .changes import (
    announce,
    announce_invitations,
    check_not_banned,
    check_reachable,
    locked,
    member,
    moderator,
    owner,
    record,
)
from .conversations import delete_conversation
from .invitations import invite


@transaction.atomic
def add_member(actor: User, *, conversation: Conversation, user: User) -> tuple[Membership | Invitation, bool]:
    """The membership of who has agreed to be added (see consent.py), an invitation of anybody else; and whether it is
    new: adding or inviting someone twice is no error."""
    group = locked(conversation)
    moderator(group, actor)
    if found := Membership.objects.filter(conversation=group, user=user).first():
        return found, False
    check_reachable(actor, user)
    if not addable(actor, [user]):
        check_not_banned(group, actor, user)
        return invite(actor, group, user)
    limits.take("people_by_user", str(actor.pk))
    return _enter(group, actor, user), True


@transaction.atomic
def join_group(actor: User, *, conversation: Conversation) -> tuple[Membership, bool]:
    """Into a public group by oneself; also says whether one was not in it yet."""
    group = locked(conversation)
    if found := Membership.objects.filter(conversation=group, user=actor).first():
        return found, False
    if not group.is_public:
        raise NotFoundError
    return _enter(group, actor, actor), True


@transaction.atomic
def accept_invite(actor: User, *, invite: str) -> tuple[Membership, bool]:
    """By a link or by an invitation to oneself, which is used up by it. Who is a member already uses nothing up."""
    group = locked(access_invite(actor, invite).conversation)
    invitation = access_invite(actor, invite)  # again under the lock: revoked, or used by others, meanwhile?
    if found := Membership.objects.filter(conversation=group, user=actor).first():
        return found, False
    membership = _enter(group, actor, actor)
    Invitation.objects.filter(pk=invitation.pk).update(uses=F("uses") + 1)
    return membership, True


def _enter(group: Conversation, actor: User, user: User) -> Membership:
    """Under the lock, so that of several at once one finds the group full and makes it a channel."""
    check_not_banned(group, actor, user)
    if group.kind == Kind.GROUP and group.memberships.count() >= GROUP_MEMBERS_MOST:
        _convert(group, actor)
    membership = Membership.objects.create(conversation=group, user=user)
    if group.invitations.filter(invitee=user).delete()[0]:
        announce_invitations(user.pk)
    record(group, actor, "member.joined", user_id=str(user.pk), role=Role.MEMBER.value)
    announce(group.pk, added=[user.pk])
    return membership


def _convert(group: Conversation, actor: User) -> None:
    """A group becomes a channel, for good and with all it has; see docs/decisions/0018."""
    group.kind = Kind.CHANNEL
    group.save(update_fields=["kind"])
    record(group, actor, "conversation.converted", kind=Kind.CHANNEL.value)


@transaction.atomic
def remove_member(actor: User, *, conversation: Conversation, user: User) -> None:
    """Owners remove anyone, admins only members; oneself one leaves."""
    group = locked(conversation)
    own = moderator(group, actor)
    if actor.pk == user.pk:
        raise InvalidError("Leave the group instead.", field="user_id")
    membership = member(group, user)
    if own.role != Role.OWNER and membership.role != Role.MEMBER:
        raise NotAllowedError
    _exit(membership, actor, "member.removed")


@transaction.atomic
def remove_for_staff(staff: User, membership: Membership) -> None:
    """As an owner would, whether or not the one who does it is a member."""
    group = locked(membership.conversation)
    now = member(group, membership.user)
    _check_not_last_owner(now)
    _exit(now, staff, "member.removed")


@transaction.atomic
def leave_group(actor: User, *, conversation: Conversation) -> None:
    """The last member's leaving deletes the group; the last owner among others gets LastOwnerError."""
    group = locked(conversation)
    membership = member(group, actor)
    if group.memberships.count() == 1:
        delete_conversation(group)
        return
    _check_not_last_owner(membership)
    _exit(membership, actor, "member.left")


def _exit(membership: Membership, actor: User, change: str) -> None:
    group, user_id = membership.conversation, membership.user_id
    membership.delete()
    record(group, actor, change, user_id=str(user_id))
    announce(group.pk, removed=[user_id])


@transaction.atomic
def change_role(actor: User, *, conversation: Conversation, user: User, role: str) -> Membership:
    """Owners give roles, their own too; there may be several owners."""
    if role not in Role.values:
        raise InvalidError(f"A role is one of {', '.join(Role.values)}.", field="role")
    group = locked(conversation)
    owner(group, actor)
    membership = member(group, user)
    if membership.role != role:
        _check_not_last_owner(membership)
        _set_role(membership, actor, role)
    return membership


def _set_role(membership: Membership, actor: User, role: str) -> None:
    membership.role = role
    membership.save(update_fields=["role"])
    group = membership.conversation
    record(group, actor, "member.role_changed", user_id=str(membership.user_id), role=role)
    announce(group.pk)


def _other_owners(membership: Membership) -> bool:
    owners = Membership.objects.filter(conversation_id=membership.conversation_id, role=Role.OWNER)
    return owners.exclude(pk=membership.pk).exists()


def _check_not_last_owner(membership: Membership) -> None:
    if membership.role == Role.OWNER and not _other_owners(membership):
        raise LastOwnerError


@transaction.atomic
def leave_everything(user: User) -> None:
    """Before a user is deleted: a group they alone own passes to its oldest admin, else to its oldest member."""
    theirs: list[uuid.UUID] = list(user.memberships.values_list("conversation_id", flat=True))
    for conversation in Conversation.objects.groups().filter(pk__in=theirs):
        membership = member(locked(conversation), user)
        heir = _heir(membership)
        if heir and membership.role == Role.OWNER and not _other_owners(membership):
            _set_role(heir, user, Role.OWNER)
        if heir:
            _exit(membership, user, "member.left")
        else:
            delete_conversation(conversation)


def _heir(membership: Membership) -> Membership | None:
    others = Membership.objects.filter(conversation_id=membership.conversation_id).exclude(pk=membership.pk)
    return others.filter(role=Role.ADMIN).order_by("id").first() or others.order_by("id").first()
