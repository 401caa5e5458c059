"""The current password as proof of who asks, before something that would give the account away.

Every such check comes through here, so that all of them together are under one limit and no form is an oracle.
"""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.request import Request

from . import limits, rules
from .errors import PasswordNeededError, WrongPasswordError
from .models import Token, User

FIELD = "current_password"


def confirm_password(user: User, password: str, *, request: HttpRequest | Request, field: str = FIELD) -> None:
    """Raise PasswordNeededError, RateLimitedError or WrongPasswordError unless this is the user's password.

    Counted by session or token, so that whoever holds a stolen one does not use up the tries of the owner.
    """
    if not password:
        raise PasswordNeededError(field=field)
    limits.take("password_by_session", f"{user.pk}:{_credential(request)}")
    if not user.check_password(password):
        raise WrongPasswordError(field=field)


def confirm_identity(user: User, password: str, *, request: HttpRequest | Request, field: str = FIELD) -> None:
    """As confirm_password; a session that confirmed its password within the last minutes need not do so again."""
    if password or not _is_fresh(user, request):
        confirm_password(user, password, request=request, field=field)


def _is_fresh(user: User, request: HttpRequest | Request) -> bool:
    """A token is never fresh. Of an account without a password allauth says that it always is."""
    if isinstance(getattr(request, "auth", None), Token) or not user.has_usable_password():
        return False
    return bool(did_recently_reauthenticate(request))


def _credential(request: HttpRequest | Request) -> str:
    token = getattr(request, "auth", None)
    if isinstance(token, Token):
        return str(token.digest)
    return str(request.session.session_key)


class VisiblePassword:
    """A password of nothing but blanks, or of what draws nothing, is no password."""

    def validate(self, password: str, user: object = None) -> None:
        if not any(rules.is_visible(character) for character in password):
            raise ValidationError("A password needs something besides blanks.", code="password_blank")

    def get_help_text(self) -> str:
        return "Something besides blanks."
