"""How much of a conversation its member wants to hear of."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.errors import InvalidError
from accounts.models import User

from ..models import Conversation, Level, Membership
from ..signals import attention_changed
from .changes import member


@transaction.atomic
def set_attention(
    actor: User,
    *,
    conversation: Conversation,
    level: str | None = None,
    is_muted: bool | None = None,
    muted_until: datetime | None = None,
) -> Membership:
    """What is not None, of a conversation of any kind. Muting without an end holds until it is undone."""
    if level is not None and level not in Level.values:
        raise InvalidError(f"A level is one of {', '.join(Level.values)}.", field="level")
    _check_end(is_muted, muted_until)
    membership = member(conversation, actor)
    if level is not None:
        membership.level = level
    if is_muted is not None:
        membership.is_muted, membership.muted_until = is_muted, muted_until
    membership.save(update_fields=["level", "is_muted", "muted_until"])
    told = {"user_id": actor.pk, "membership": membership}
    transaction.on_commit(lambda: attention_changed.send(sender=Membership, **told), robust=True)
    return membership


def _check_end(is_muted: bool | None, muted_until: datetime | None) -> None:
    if muted_until is None:
        return
    if not is_muted:
        raise InvalidError("Only what is muted has an end: send is_muted too.", field="muted_until")
    if muted_until <= timezone.now():
        raise InvalidError("This time has passed.", field="muted_until")
