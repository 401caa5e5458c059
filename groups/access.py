"""From an id to a conversation, for this user; absent and forbidden raise the same NotFoundError."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from accounts.errors import NotAllowedError, NotFoundError
from accounts.models import User
from accounts.rules import composed

from .models import Ban, Conversation, Invitation, Membership


def membership_of(user: User, conversation: Conversation) -> Membership | None:
    return Membership.objects.filter(conversation=conversation, user=user).first()


def access_conversation(user: User, conversation_id: uuid.UUID) -> Conversation:
    """A conversation of any kind of which the user is a member."""
    conversation = Conversation.objects.visible_to(user).filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFoundError
    return conversation


def access_membership(user: User, conversation_id: uuid.UUID) -> Membership:
    """The user's own membership, with its conversation."""
    own = Membership.objects.filter(user=user, conversation_id=conversation_id)
    membership = own.select_related("conversation").first()
    if membership is None:
        raise NotFoundError
    return membership


def access_group(user: User, group_id: uuid.UUID) -> Conversation:
    """A group or channel: the user's own, or a public one. Carries `members_count` and `my_role`, None for a
    stranger."""
    group = Conversation.objects.groups().seen_by(user).filter(pk=group_id).first()
    if group is None or not (group.is_public or group.my_role):
        raise NotFoundError
    return group


def access_public_group(user: User, name: str) -> Conversation:
    """By its name, whatever the case."""
    group = Conversation.objects.public().filter(name__iexact=composed(" ".join(name.split()))).first()
    if group is None:
        raise NotFoundError(field="name")
    return group


def access_own_group(user: User, group_id: uuid.UUID) -> Conversation:
    """As access_group, for what only members may see: a stranger to a public group gets NotAllowedError."""
    group = access_group(user, group_id)
    if not group.my_role:
        raise NotAllowedError("Only members may see this.")
    return group


def access_member(user: User, group_id: uuid.UUID, member_id: uuid.UUID) -> Membership:
    """Somebody's membership of a group the user is a member of. Of oneself, there is none after leaving: whoever
    leaves again, not knowing whether the first try arrived, hears that of a public group too."""
    group = access_group(user, group_id) if member_id == user.pk else access_own_group(user, group_id)
    member = Membership.objects.filter(conversation=group, user_id=member_id)
    membership = member.select_related("user", "conversation").first()
    if membership is None:
        raise NotFoundError
    return membership


def access_invitation(user: User, invitation_id: uuid.UUID) -> Invitation:
    """One that is addressed to the user."""
    addressed = Invitation.objects.addressed_to(user).select_related("conversation", "created_by", "invitee")
    invitation = addressed.filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFoundError
    return invitation


def access_group_invitation(user: User, group_id: uuid.UUID, invitation_id: uuid.UUID) -> Invitation:
    """One into a group in which the user may invite."""
    check_can_invite(user, access_own_group(user, group_id))
    live = Invitation.objects.live().filter(pk=invitation_id, conversation_id=group_id)
    invitation = live.select_related("conversation", "created_by", "invitee").first()
    if invitation is None:
        raise NotFoundError
    return invitation


def is_banned(user: User, group: Conversation) -> bool:
    return group.bans.filter(user=user).exists()


def access_bans(user: User, group_id: uuid.UUID) -> QuerySet[Ban]:
    """Those of a group in which the user may ban."""
    group = access_own_group(user, group_id)
    check_can_invite(user, group)
    return Ban.objects.filter(conversation=group).select_related("conversation", "user", "banned_by")


def access_ban(user: User, group_id: uuid.UUID, banned_id: uuid.UUID) -> Ban:
    ban = access_bans(user, group_id).filter(user_id=banned_id).first()
    if ban is None:
        raise NotFoundError
    return ban


def check_can_invite(user: User, group: Conversation) -> None:
    membership = membership_of(user, group)
    if membership is None or not membership.can_moderate:
        raise NotAllowedError


def access_invite(user: User, invite: str) -> Invitation:
    """A link, or an invitation addressed to the user, that still stands. A link that is over looks like one that never
    was, but not to members: whoever was the last to come in by it may ask again, not knowing whether they are in."""
    found = Invitation.objects.kept().filter(invite=invite)
    invitation = found.select_related("conversation").first()
    if invitation is None or not _lets_in(invitation, user):
        raise NotFoundError(field="invite")
    return invitation


def is_live_link(invite: str) -> bool:
    """Whether this is a link that lets anybody in now."""
    return live_link(invite) is not None


def live_link(invite: str) -> Invitation | None:
    """A link, which opens without an account, too; not an invitation of one person."""
    links = Invitation.objects.live().filter(invite=invite, invitee=None)
    return links.select_related("conversation", "created_by").first()


def _lets_in(invitation: Invitation, user: User) -> bool:
    if invitation.invitee_id:
        return Invitation.objects.addressed_to(user).filter(pk=invitation.pk).exists()
    is_live = Invitation.objects.live().filter(pk=invitation.pk).exists()
    return is_live or membership_of(user, invitation.conversation) is not None
