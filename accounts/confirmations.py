"""Addresses confirmed before there is an account: for sites where only people of given domains sign up.

The confirmation is a signed address, so that nothing is stored for whoever never comes back, and no account exists
whose address nobody has confirmed.
"""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from rest_framework.request import Request

from . import limits
from .errors import ConflictError, DomainRefusedError, InviteNeededError, RegistrationClosedError
from .models import User
from .policy import Registration, SitePolicy
from .rules import clean_email_form

SALT = "accounts.signup"
HOURS = 24


def send_confirmation(email: str, *, request: HttpRequest | Request, leads_to: str = "") -> None:
    """Send a link to sign up with this address. Whoever has an account with it gets a mail that says so instead, and
    whoever asks sees no difference.

    Raises InvalidError, DomainRefusedError, RateLimitedError, or what says that this site wants no confirmation.
    """
    policy = SitePolicy.current()
    if policy.registration == Registration.CLOSED:
        raise RegistrationClosedError
    if policy.registration == Registration.INVITED:
        raise InviteNeededError
    if policy.registration != Registration.DOMAINS:
        raise ConflictError("Nobody needs to confirm an address to sign up here.")
    email = clean_email_form(email).lower()
    if not policy.takes_address(email):
        raise DomainRefusedError(field="email")
    limits.take("confirmation_by_address", email)
    if User.objects.with_email(email).exists():
        about = {
            "signup_url": request.build_absolute_uri(reverse("account_signup")),
            "password_reset_url": request.build_absolute_uri(reverse("account_reset_password")),
        }
        get_adapter().send_mail("account/email/account_already_exists", email, about)
        return
    asked = {"confirmation": _signed(email)} | ({"next": leads_to} if leads_to else {})
    link = f"{request.build_absolute_uri(reverse('account_signup'))}?{urlencode(asked)}"
    get_adapter().send_mail("account/email/signup_link", email, {"link": link, "hours": HOURS})


def confirmed_address(confirmation: str) -> str:
    """The address, in lower case; empty for what is no confirmation, or none any more."""
    try:
        email = signing.loads(confirmation, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature:
        return ""
    return str(email)


def confirms(confirmation: str, email: str) -> bool:
    """Whether it is a confirmation of this address."""
    confirmed = confirmed_address(confirmation)
    return bool(confirmed) and email.strip().lower() == confirmed


def _signed(email: str) -> str:
    return signing.dumps(email, salt=SALT)
