"""Where access ends by itself: Django's and knox's rows go, and whoever holds a socket through them must hear of it.

Listening here, rather than in each verb, also catches allauth's pages, the admin and the shell.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from .actions import announce_revoked, end_access
from .first_admin import end_link
from .models import Token, User
from .signals import access_revoked


def _announce_ended(session_id: str) -> None:
    transaction.on_commit(lambda: access_revoked.send(sender=Session, user_id=None, session_id=session_id), robust=True)


@receiver(post_delete, sender=Session)
def session_ended(instance: Session, **about: Any) -> None:
    _announce_ended(f"session:{instance.session_key}")


@receiver(post_delete, sender=Token)
def token_ended(instance: Token, **about: Any) -> None:
    _announce_ended(f"token:{instance.digest}")


@receiver(post_delete, sender=User)
def user_deleted(instance: User, **about: Any) -> None:
    announce_revoked(instance)


@receiver(post_save, sender=User)
def user_saved(instance: User, created: bool, raw: bool = False, **about: Any) -> None:
    """A new password ends what the old one opened. `_password` is set until save() returns, and only for a new
    password: Django clears it before it saves a mere rehash at sign-in."""
    if instance.is_superuser and _may_be_written("is_superuser", about):
        end_link()
    if created or raw:
        return
    if getattr(instance, "_password", None) is not None or not instance.is_active:
        end_access(instance)
    if not instance.is_active:
        announce_revoked(instance)


def _may_be_written(field: str, about: dict[str, Any]) -> bool:
    """Whether a save, by what its signal says, wrote this field."""
    fields = about.get("update_fields")
    return fields is None or field in fields
