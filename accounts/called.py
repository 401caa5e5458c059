"""What a user calls people: their own nickname for a contact, else the name that others see.

A name that somebody else goes by too stands with the username: in pages, over REST and in the browser alike.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db.models import Q

from .labels import label
from .lookalikes import skeleton
from .models import Contact, User


class Called(NamedTuple):
    """`username` only where the name alone is not enough."""

    name: str
    username: str = ""

    def __str__(self) -> str:
        return label(self.name, self.username)


def call(asker: User, people: Iterable[User]) -> dict[uuid.UUID, Called]:
    """What the asker calls each. Costs two queries, whatever their number."""
    people = list(people)
    ids, names = [person.pk for person in people], [person.name for person in people]
    contacts = Contact.objects.filter(owner=asker).exclude(nickname="")
    known = contacts.filter(Q(contact_id__in=ids) | Q(nickname__in=names)).values_list("contact_id", "nickname")
    nicknames: dict[uuid.UUID, str] = dict(known)
    shared = shared_names(people)
    return {person.pk: _call(person, nicknames, is_shared=person.pk in shared) for person in people}


def _call(person: User, nicknames: dict[uuid.UUID, str], *, is_shared: bool) -> Called:
    if person.pk in nicknames:
        return Called(nicknames[person.pk])
    is_shared = is_shared or person.name in nicknames.values()
    return Called(person.name, person.username if is_shared and person.name != person.username else "")


def shared_names(people: Collection[User]) -> set[uuid.UUID]:
    """The ids of those whose display name, or one that looks like it, is also that of somebody active, or a username.
    One query."""
    looks = {
        person.pk: person.display_skeleton or skeleton(person.display_name) for person in people if person.display_name
    }
    alike = User.objects.active().filter(
        Q(display_skeleton__in=set(looks.values())) | Q(username_skeleton__in=set(looks.values()))
    )
    bearers: defaultdict[str, set[uuid.UUID]] = defaultdict(set)
    for pk, *skeletons in alike.values_list("pk", "display_skeleton", "username_skeleton"):
        for look in skeletons:
            bearers[look].add(pk)
    return {pk for pk, look in looks.items() if look and bearers[look] - {pk}}


def mark_shared_names(asker: User, people: Iterable[User]) -> None:
    """For UserSerializer: `is_name_shared` on those who need their username beside their name."""
    people = list(people)
    called = call(asker, people)
    for person in people:
        if called[person.pk].username:
            person.is_name_shared = True  # type: ignore[attr-defined]
