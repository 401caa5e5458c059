"""What files does when something happens below it."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from groups.models import Conversation

from .actions import end_uses_in


@receiver(pre_delete, sender=Conversation)
def conversation_goes(instance: Conversation, **about: Any) -> None:
    """In the transaction that deletes it: its files are removed when it is gone for good, and not otherwise."""
    end_uses_in(instance.pk)
