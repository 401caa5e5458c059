"""A user's e-mail address, which counts once it is confirmed (see pending_email), and mails about it."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import context
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.test import RequestFactory

from .models import User
from .rules import clean_email_form


def is_another_address(user: User, email: str | None) -> bool:
    """Whether this is not the user's address now; None asks for nothing. Raises InvalidError for what is no address."""
    return email is not None and clean_email_form(email).lower() != user.email.lower()


def match_sign_in_address(user: User) -> None:
    """Leave allauth the user's address and no other: it also looks for addresses in rows of its own."""
    EmailAddress.objects.filter(Q(user=user) | Q(email=user.email.lower())).delete()
    if user.email:
        EmailAddress.objects.create(user=user, email=user.email.lower(), primary=True, verified=True)


def inform_old_address(user: User, old: str) -> None:
    """Write to the address that was the account's until now: whoever reads it may not have moved it."""
    if old:
        about = {"user": user, "old_email": old, "new_email": user.email}
        send_mail("account/email/email_changed", old, about)


def send_mail(template_prefix: str, email: str, about: dict[str, Any]) -> None:
    with context.request_context(_request()):
        get_adapter().send_mail(template_prefix, email, about)


def absolute_address(path: str) -> str:
    return str(_request().build_absolute_uri(path))


def _request() -> HttpRequest:
    """The one that is served now. For a shell or a command one of ours: mails name the site by the host of theirs."""
    if context.request:
        served: HttpRequest = context.request
        return served
    host = settings.ALLOWED_HOSTS[0].lstrip(".")
    return RequestFactory().get("/", SERVER_NAME="localhost" if host in ("*", "") else host)
