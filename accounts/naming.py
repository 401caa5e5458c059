"""People whose names begin with what somebody types, for completion. `person` leads from the rows to them: "user__"."""

from __future__ import annotations

from django.db.models import Case, Q, Value, When

from .models import Contact, User


def name_begins(text: str, *, asker: User, person: str = "") -> Q:
    """Their username, a word of what others see, or what the asker calls them."""
    nicknamed = Contact.objects.filter(owner=asker, nickname__istartswith=text).values("contact_id")
    shown = Q((f"{person}display_name__istartswith", text)) | Q((f"{person}display_name__icontains", f" {text}"))
    return Q((f"{person}username__istartswith", text)) | shown | Q((f"{person}pk__in", nicknamed))


def nearness(text: str, *, person: str = "") -> Case:
    """To order by: whose username this is comes first, so that there is nobody whom typing on does not find."""
    is_it, begins = Q((f"{person}username__iexact", text)), Q((f"{person}username__istartswith", text))
    return Case(When(is_it, then=Value(0)), When(begins, then=Value(1)), default=Value(2))
