"""What a public group may be called: everybody finds it by its name and joins it."""

from __future__ import annotations

from django.db import connection

from accounts.errors import InvalidError
from accounts.lookalikes import looks_like, skeleton
from accounts.models import User
from accounts.names import EVERYBODY, check_nobodys, check_unofficial

from ..errors import NameTakenError
from ..models import Conversation

# Held in PostgreSQL while a public group is given its name. Any number would do.
_NAMES_LOCK = 7_166_001


def check_public_name(actor: User, group: Conversation) -> None:
    """Inside the transaction that gives the name. Raises InvalidError, or NameTakenError for one that looks like that
    of another public group."""
    if not actor.is_staff:
        check_unofficial(group.name, field="name")
    if group.name[0] in "@＠﹫" and any(looks_like(group.name[1:], word) for word in EVERYBODY):
        raise InvalidError("This name stands for everybody.", field="name")
    check_nobodys(group.name, field="name")
    _hold_names()
    others = Conversation.objects.public().exclude(pk=group.pk).filter(name_skeleton=skeleton(group.name))
    if any(looks_like(group.name, name) for name in others.values_list("name", flat=True)):
        raise NameTakenError(field="name")


def _hold_names() -> None:
    """Until the transaction ends no other public group is given a name. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NAMES_LOCK])
