"""The page of the link that makes the first administrator (accounts.first_admin)."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.errors import LinkEndedError, RefusalError
from accounts.first_admin import check_link, make_first_admin, sign_up_first_admin
from accounts.forms import EMAIL_HINT, PASSWORD_HINT, PLAIN_TYPING
from accounts.models import USERNAME_CHARACTERS, User
from accounts.pages import refuse
from accounts.passwords import confirm_password
from accounts.rules import EMAIL_CHARACTERS, PASSWORD_CHARACTERS_MOST

ADMIN = "admin:index"


def _password(autocomplete: str, label: str, hint: str = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, help_text=hint, strip=False, max_length=PASSWORD_CHARACTERS_MOST, widget=widget)


class NewAdminForm(forms.Form):
    username = forms.CharField(
        max_length=USERNAME_CHARACTERS,
        help_text="Letters, digits, dots, dashes and underscores. Names of roles are reserved.",
        widget=forms.TextInput(attrs={"autocomplete": "username", **PLAIN_TYPING}),
    )
    email = forms.EmailField(
        max_length=EMAIL_CHARACTERS,
        help_text=EMAIL_HINT,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = _password("new-password", "Password", PASSWORD_HINT)


class PromotionForm(forms.Form):
    current_password = _password("current-password", "Your password")


@never_cache
@sensitive_post_parameters("password", "current_password")
@require_http_methods(["GET", "HEAD", "POST"])
def first_admin(request: HttpRequest, secret: str) -> HttpResponse:
    """Strangers choose a name and a password; who is signed in gives theirs. Either leads to the admin."""
    try:
        check_link(secret)
        form = _form_of(request)
        if request.method == "POST" and form.is_valid():
            try:
                return _make(request, secret, form.cleaned_data)
            except LinkEndedError:
                raise
            except RefusalError as refusal:
                refuse(form, refusal)
    except LinkEndedError:
        return render(request, "accounts/first_admin_ended.html", status=LinkEndedError.status)
    return render(request, "accounts/first_admin.html", {"form": form})


def _form_of(request: HttpRequest) -> forms.Form:
    kind = PromotionForm if request.user.is_authenticated else NewAdminForm
    return kind(request.POST if request.method == "POST" else None)


@sensitive_variables("given")
def _make(request: HttpRequest, secret: str, given: dict[str, Any]) -> HttpResponse:
    if isinstance(request.user, User):
        confirm_password(request.user, given["current_password"], request=request)
        make_first_admin(request.user, secret=secret)
        messages.success(request, "You are the administrator of this server now.")
        return redirect(ADMIN)
    limits.take_for_address("signup_by_address", request)
    user = sign_up_first_admin(secret=secret, **given)
    answer: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=redirect(ADMIN).url)
    return answer
