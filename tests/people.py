"""Putting people into groups as a test needs it: they agree to it for the moment, by their contacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from accounts.models import Contact, User
from groups import actions
from groups.models import Conversation, Membership


@contextmanager
def agreed(actor: User, people: Iterable[User]) -> Iterator[None]:
    """Each of them has the actor in their contacts meanwhile, as they had before afterwards."""
    made = [Contact.objects.get_or_create(owner=user, contact=actor) for user in people if user.pk != actor.pk]
    yield
    Contact.objects.filter(pk__in=[contact.pk for contact, is_new in made if is_new]).delete()


def create_group(actor: User, *, members: Iterable[User] = (), **about: Any) -> Conversation:
    members = list(members)
    with agreed(actor, members):
        return actions.create_group(actor, members=members, **about)


def add_member(actor: User, *, conversation: Conversation, user: User) -> tuple[Membership, bool]:
    with agreed(actor, [user]):
        membership, created = actions.add_member(actor, conversation=conversation, user=user)
    assert isinstance(membership, Membership)
    return membership, created
