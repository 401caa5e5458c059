"""A user's e-mail address: when it is another one, and who is informed of that."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.core import context
from django.conf import settings
from django.http import HttpRequest
from django.test import RequestFactory

from .models import User
from .rules import clean_email_form


def is_another_address(user: User, email: str | None) -> bool:
    """Whether this is not the user's address now; None asks for nothing. Raises InvalidError for what is no address."""
    return email is not None and clean_email_form(email).lower() != user.email.lower()


def inform_old_address(user: User, old: str) -> None:
    """Write to the address that was the account's until now: whoever reads it may not have moved it."""
    if old:
        about = {"user": user, "old_email": old, "new_email": user.email}
        with context.request_context(context.request or _request_of_ours()):
            get_adapter().send_mail("account/email/email_changed", old, about)


def _request_of_ours() -> HttpRequest:
    """For a shell or a command: mails name the site by the host of their request."""
    host = settings.ALLOWED_HOSTS[0].lstrip(".")
    return RequestFactory().get("/", SERVER_NAME="localhost" if host in ("*", "") else host)
