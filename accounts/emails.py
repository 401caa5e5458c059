"""A user's e-mail address: when it is another one, and who is informed of that."""

from __future__ import annotations

from allauth.account.adapter import get_adapter

from .models import User
from .rules import clean_email_form


def is_another_address(user: User, email: str | None) -> bool:
    """Whether this is not the user's address now; None asks for nothing. Raises InvalidError for what is no address."""
    return email is not None and clean_email_form(email).lower() != user.email.lower()


def inform_old_address(user: User, old: str) -> None:
    """Write to the address that was the account's until now: whoever reads it may not have moved it."""
    if old:
        about = {"user": user, "old_email": old, "new_email": user.email}
        get_adapter().send_mail("account/email/email_changed", old, about)
