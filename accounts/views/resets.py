"""The page that asks for a new password: the same answer whether the address has an account or not."""

from __future__ import annotations

from http import HTTPStatus

from allauth.account import views as allauth_views
from allauth.core.ratelimit import respond_429
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from accounts import limits
from accounts.adapter import DELAYED
from accounts.errors import RateLimitedError
from accounts.mail.delivery import is_relay_down
from accounts.rules import EMAIL_CHARACTERS


def password_reset(request: HttpRequest) -> HttpResponse:
    """Allauth's page. What is refused here makes no link, so the last one that was sent goes on working."""
    if request.method == "POST":
        try:
            _count(request)
        except RateLimitedError:
            refused: HttpResponse = respond_429(request)
            return refused
    answer: HttpResponse = allauth_views.password_reset(request)
    if answer.status_code == HTTPStatus.FOUND and is_relay_down():
        messages.warning(request, DELAYED)
    return answer


def _count(request: HttpRequest) -> None:
    """By client, and by mailbox from everywhere together, known or not."""
    limits.take_for_address("reset_by_address", request)
    if email := request.POST.get("email", "").strip().lower():
        limits.take("reset_by_email", email[:EMAIL_CHARACTERS])
