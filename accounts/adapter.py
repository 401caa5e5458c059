"""How sign-up and sign-in by allauth's pages differ from its defaults: the rules and limits are those of REST."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as core_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from . import limits, names, rules
from .devices import remember_device
from .errors import RateLimitedError, RefusalError
from .mail import backend as mail
from .models import User
from .registration import check_registration, confirmation_of, invite_of

DELAYED = "Mail cannot be sent at the moment. Yours is kept and goes out as soon as it can."


class AccountAdapter(DefaultAccountAdapter):
    def clean_username(self, username: str, shallow: bool = False) -> str:
        try:
            return names.clean_username(username)
        except RefusalError as error:
            raise ValidationError(error.message) from None

    def clean_email(self, email: str) -> str:
        """Whether somebody has the address no page says."""
        try:
            return rules.clean_email_form(super().clean_email(email))
        except RefusalError as error:
            raise ValidationError(error.message) from None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """As the site's policy says; and a page cannot be sent more often than REST allows."""
        try:
            email = request.POST.get("email") if request.method == "POST" else None
            check_registration(invite_of(request), confirmation=confirmation_of(request), email=email)
        except RefusalError:
            return False
        if request.method == "POST":
            try:
                limits.take_for_address("signup_by_address", request)
            except RateLimitedError:
                raise ImmediateHttpResponse(respond_429(request)) from None
        return True

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and not request.user.is_authenticated:
            user.compose_password(credentials["password"])
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            limits.take_login(request, credentials.get("email") or credentials.get("username") or "")
        except RateLimitedError:
            raise self.validation_error("too_many_login_attempts") from None

    def post_login(self, request: HttpRequest, user: User, **about: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **about)
        remember_device(request, response, user.pk)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Says on the next page when the mail has to wait; a program need not wait for that."""
        request = core_context.request
        if request.path_info.startswith("/api/"):
            super().send_mail(template_prefix, email, context)
            return
        with mail.watched() as outcome:
            super().send_mail(template_prefix, email, context)
        if outcome.is_delayed:
            messages.warning(request, DELAYED, fail_silently=True)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Nobody waits for it: only who has an account would. Views say by themselves that mail is delayed."""
        super().send_mail("account/email/password_reset_key", email, context)

    def get_client_ip(self, request: HttpRequest) -> str:
        return limits.client_address(request)
