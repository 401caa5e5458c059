"""Whom somebody may put into a group, and who is asked first."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from accounts.models import AddedBy, Contact, User
from accounts.policy import Additions, SitePolicy

from .models import Kind, Membership


def addable(actor: User, people: Iterable[User]) -> set[uuid.UUID]:
    """The ids of those who have agreed to be added: they have the actor in their contacts, or share a group with them
    where the site and they themselves allow that. Everybody else gets an invitation to accept."""
    willing = {person.pk: person.added_by for person in people if person.added_by != AddedBy.NOBODY}
    found = set(Contact.objects.filter(owner__in=willing, contact=actor).values_list("owner_id", flat=True))
    others = [pk for pk, by in willing.items() if by == AddedBy.GROUPS and pk not in found]
    if others and SitePolicy.current().additions == Additions.GROUPS:
        found |= _companions(actor, others)
    return found


def _companions(actor: User, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these share a group or channel with the actor."""
    groups = Membership.objects.filter(user=actor).exclude(conversation__kind=Kind.DIRECT).values("conversation_id")
    shared = Membership.objects.filter(user__in=people, conversation__in=groups)
    return set(shared.values_list("user_id", flat=True))
