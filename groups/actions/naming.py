"""What a public group may be called: everybody finds it by its name and joins it."""

from __future__ import annotations

from accounts.errors import InvalidError
from accounts.lookalikes import looks_like, skeleton
from accounts.models import User
from accounts.names import EVERYBODY, check_nobodys, check_unofficial, hold_names

from ..errors import NameTakenError
from ..models import Conversation


def check_public_name(actor: User, group: Conversation) -> None:
    """Inside the transaction that gives the name. Raises InvalidError, or NameTakenError for one that looks like that
    of another public group."""
    if not actor.is_staff:
        check_unofficial(group.name, field="name")
    if group.name[0] in "@＠﹫" and any(looks_like(group.name[1:], word) for word in EVERYBODY):
        raise InvalidError("This name stands for everybody.", field="name")
    hold_names()
    check_nobodys(group.name, field="name")
    others = Conversation.objects.public().exclude(pk=group.pk).filter(name_skeleton=skeleton(group.name))
    if any(looks_like(group.name, name) for name in others.values_list("name", flat=True)):
        raise NameTakenError(field="name")
