"""Whom somebody finds when they search for people, as the site's policy says."""

from __future__ import annotations

from django.db.models import Q

from .models import Contact, User, UserQuerySet
from .policy import Directory, SitePolicy


def findable(asker: User, search: str) -> UserQuerySet:
    """Active people called `search`, or without it all those whom the asker may list."""
    everyone: UserQuerySet = User.objects.all()
    people = everyone.named_like(search) if search else everyone.active()
    shown = SitePolicy.current().directory
    if shown == Directory.EVERYONE:
        return people
    known = Q(pk=asker.pk) | Q(pk__in=Contact.objects.filter(owner=asker).values("contact_id"))
    if shown == Directory.EXACT:
        return people.filter(known | Q(username__iexact=search) if search else known)
    shared = User.objects.filter(memberships__conversation__memberships__user=asker)
    return people.filter(known | Q(pk__in=shared.values("pk")))
