"""Links into a group, and invitations of one person."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import limits
from accounts.errors import ConflictError, InvalidError, NotFoundError
from accounts.models import User

from ..errors import AlreadyMemberError
from ..models import LIFETIMES, USES_MOST, Conversation, Invitation
from .changes import announce_invitations, check_not_banned, check_reachable, locked, moderator

LIVE_INVITATIONS_MOST = 1_000


@transaction.atomic
def create_invitation(
    actor: User,
    *,
    conversation: Conversation,
    invitee: User | None = None,
    expires_in: int | None = None,
    uses_most: int | None = None,
) -> tuple[Invitation, bool]:
    """A new link, or the invitation of one person; also says whether that is new, for one is enough. It stands until
    revoked, or for `expires_in` seconds, one of LIFETIMES; a link lets in `uses_most` people, or any number."""
    _check_bounds(invitee, expires_in, uses_most)
    group = locked(conversation)
    moderator(group, actor)
    if invitee is not None:
        if group.memberships.filter(user=invitee).exists():
            raise AlreadyMemberError(field="user_id")
        check_not_banned(group, actor, invitee)
        check_reachable(actor, invitee)
        return invite(actor, group, invitee, expires_in=expires_in)
    return _create(actor, group, expires_in=expires_in, uses_most=uses_most), True


def invite(
    actor: User, group: Conversation, invitee: User, *, expires_in: int | None = None, is_counted: bool = False
) -> tuple[Invitation, bool]:
    """The invitation of one person, who the caller knows may be invited, and whether it is new. `is_counted`: the
    caller has counted it against the actor's limit."""
    if found := group.invitations.live().filter(invitee=invitee).first():
        return found, False
    if not is_counted:
        limits.take("people_by_user", str(actor.pk))
    made = _create(actor, group, invitee=invitee, expires_in=expires_in)
    announce_invitations(invitee.pk)
    return made, True


def _create(
    actor: User,
    group: Conversation,
    *,
    invitee: User | None = None,
    expires_in: int | None = None,
    uses_most: int | None = None,
) -> Invitation:
    if group.invitations.live().count() >= LIVE_INVITATIONS_MOST:
        raise ConflictError(f"This {group.kind} has too many invitations; revoke some first.")
    expires_at = timezone.now() + timedelta(seconds=expires_in) if expires_in else None
    made = {"invitee": invitee, "created_by": actor, "expires_at": expires_at, "uses_most": uses_most}
    return Invitation.objects.create(conversation=group, **made)


def _check_bounds(invitee: User | None, expires_in: int | None, uses_most: int | None) -> None:
    if expires_in is not None and expires_in not in LIFETIMES:
        raise InvalidError("An hour, a day or a week, in seconds.", field="expires_in")
    if uses_most is not None and invitee is not None:
        raise InvalidError("An invitation of one person is used once.", field="uses_most")
    if uses_most is not None and not 1 <= uses_most <= USES_MOST:
        raise InvalidError(f"From 1 to {USES_MOST} may come in by a link.", field="uses_most")


@transaction.atomic
def revoke_invitation(actor: User, *, invitation: Invitation) -> None:
    """From now on it lets nobody in; who came by it stays."""
    moderator(locked(invitation.conversation), actor)
    _revoke(invitation)


@transaction.atomic
def decline_invitation(actor: User, *, invitation: Invitation) -> None:
    if invitation.invitee_id != actor.pk:
        raise NotFoundError
    locked(invitation.conversation)
    _revoke(invitation)


def revoke_for_staff(invitation: Invitation) -> None:
    """Without asking who is a member: for the admin, which has asked who is staff."""
    _revoke(invitation)


def _revoke(invitation: Invitation) -> None:
    Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=timezone.now())
    announce_invitations(invitation.invitee_id)
