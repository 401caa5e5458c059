"""The links by which a forgotten password is replaced."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from django.db.models import F

from .models import User


class NewestLinkGenerator(EmailAwarePasswordResetTokenGenerator):
    """Each new link ends the ones before it: an older mail may lie where others read it."""

    def make_token(self, user: User) -> str:
        User.objects.filter(pk=user.pk).update(reset_links=F("reset_links") + 1)
        user.refresh_from_db(fields=["reset_links"])
        return str(super().make_token(user))

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.reset_links}"
