"""Devices that were signed in before, by a signed cookie: others' wrong guesses must not keep their owner out."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

COOKIE = "parley_device"
LASTS_SECONDS = 365 * 24 * 3600
_SALT = "accounts.devices"


def remember_device(request: HttpRequest | Request, response: HttpResponse, user_id: object) -> None:
    """From now on this browser, or program that keeps cookies, counts as one of the user's; it keeps its name while
    the same user signs in there."""
    name = known_device(request, user_id) or secrets.token_hex(8)
    response.set_cookie(
        COOKIE,
        signing.dumps([str(user_id), name], salt=_SALT),
        max_age=LASTS_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_device(request: HttpRequest | Request, user_id: object) -> str:
    """The name of this device if this user was the last to sign in there, else nothing."""
    try:
        signed = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LASTS_SECONDS)
    except signing.BadSignature:
        return ""
    return str(signed[1]) if signed[0] == str(user_id) else ""
