"""Keeping somebody out of a group: at once, and until the ban is lifted."""

from __future__ import annotations

from django.db import transaction

from accounts.errors import InvalidError, NotAllowedError
from accounts.models import User

from ..models import Ban, Conversation, Membership, Role
from .changes import announce_invitations, locked, moderator
from .members import remove_member


@transaction.atomic
def ban_user(actor: User, *, conversation: Conversation, user: User) -> tuple[Ban, bool]:
    """Also says whether the ban is new. Who is a member is removed; never an owner, and an admin only by an owner."""
    group = locked(conversation)
    moderator(group, actor)
    if actor.pk == user.pk:
        raise InvalidError("You cannot ban yourself.", field="user_id")
    if membership := Membership.objects.filter(conversation=group, user=user).first():
        if membership.role == Role.OWNER:
            raise NotAllowedError("An owner cannot be banned.")
        remove_member(actor, conversation=group, user=user)
    if group.invitations.filter(invitee=user).delete()[0]:
        announce_invitations(user.pk)
    return Ban.objects.get_or_create(conversation=group, user=user, defaults={"banned_by": actor})


@transaction.atomic
def lift_ban(actor: User, *, ban: Ban) -> None:
    """They may come in again; nobody brings them back."""
    group = locked(ban.conversation)
    moderator(group, actor)
    group.bans.filter(user_id=ban.user_id).delete()
