"""Whether somebody may sign up by themselves; the same for pages and REST."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from .errors import InviteNeededError, RegistrationClosedError
from .policy import Registration, SitePolicy

JOIN = re.compile(r"/join/([\w-]+)/")


def check_registration(invite: str = "") -> None:
    """Raise RegistrationClosedError or InviteNeededError as the site's policy says. The invite is not used up: who has
    signed up joins the group by it."""
    registration = SitePolicy.current().registration
    if registration == Registration.CLOSED:
        raise RegistrationClosedError
    if registration == Registration.INVITED and not import_string(settings.REGISTRATION_INVITES)(invite):
        raise InviteNeededError(field="invite")


def invite_of(request: HttpRequest) -> str:
    """The invitation link that the sign-up page leads back to."""
    wanted = JOIN.fullmatch(request.POST.get("next") or request.GET.get("next") or "")
    return wanted.group(1) if wanted else ""
