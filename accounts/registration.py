"""Whether somebody may sign up by themselves; the same for pages and REST."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from .confirmations import confirmed_address
from .errors import DomainRefusedError, EmailUnconfirmedError, InviteNeededError, RegistrationClosedError
from .policy import Registration, SitePolicy

JOIN = re.compile(r"/join/([\w-]+)/")


def check_registration(invite: str = "", *, confirmation: str = "", email: str | None = None) -> None:
    """Raise RegistrationClosedError, InviteNeededError, EmailUnconfirmedError or DomainRefusedError as the site's
    policy says; without `email`, for any address. The invite is not used up: who has signed up joins the group by it.
    """
    policy = SitePolicy.current()
    registration = policy.registration
    if registration == Registration.CLOSED:
        raise RegistrationClosedError
    if registration == Registration.INVITED and not import_string(settings.REGISTRATION_INVITES)(invite):
        raise InviteNeededError(field="invite")
    if registration == Registration.DOMAINS:
        _check_address(policy, confirmed_address(confirmation), email)


def _check_address(policy: SitePolicy, confirmed: str, email: str | None) -> None:
    if not confirmed or (email is not None and email.strip().lower() != confirmed):
        raise EmailUnconfirmedError(field="confirmation")
    if not policy.takes_address(confirmed):
        raise DomainRefusedError(field="email")


def confirmation_of(request: HttpRequest) -> str:
    """The confirmed address, signed, that the mail's link or the sign-up page's form carries."""
    return request.POST.get("confirmation") or request.GET.get("confirmation") or ""


def invite_of(request: HttpRequest) -> str:
    """The invitation link that the sign-up page leads back to."""
    wanted = JOIN.fullmatch(request.POST.get("next") or request.GET.get("next") or "")
    return wanted.group(1) if wanted else ""
