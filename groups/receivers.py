"""What groups does when something happens below it."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from accounts.models import User

from .actions import leave_everything


@receiver(pre_delete, sender=User)
def user_leaves(instance: User, **about: Any) -> None:
    """No group is left without an owner, and the timeline tells of the leaving."""
    leave_everything(instance)
