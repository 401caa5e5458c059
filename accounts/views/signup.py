"""The way into sign-up: where the site's policy asks for it, a confirmed address comes first."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.account import views as allauth_views
from allauth.core.ratelimit import respond_429
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.confirmations import confirmed_address, send_confirmation
from accounts.errors import InviteNeededError, RateLimitedError, RefusalError
from accounts.pages import refuse
from accounts.policy import Registration, SitePolicy
from accounts.registration import check_registration, confirmation_of, invite_of
from accounts.rules import EMAIL_CHARACTERS


class AddressForm(forms.Form):
    email = forms.EmailField(max_length=EMAIL_CHARACTERS, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


def signup(request: HttpRequest) -> HttpResponse:
    """Allauth's page; without a confirmed address, where one is needed, the page that asks for it, and without an
    invitation, where that is needed, one that says so."""
    registration = SitePolicy.current().registration
    if registration == Registration.INVITED and not _is_invited(request):
        return render(request, "account/signup_closed.html", {"needs_invite": True})
    if registration == Registration.DOMAINS and not confirmed_address(confirmation_of(request)):
        invite = invite_of(request)
        query = f"?{urlencode({'next': f'/join/{invite}/'})}" if invite else ""
        return redirect(reverse("account_confirm_address") + query)
    answer: HttpResponse = allauth_views.signup(request)
    return answer


def _is_invited(request: HttpRequest) -> bool:
    """Or needs no invitation, being signed in."""
    if request.user.is_authenticated:
        return True
    try:
        check_registration(invite_of(request))
    except InviteNeededError:
        return False
    return True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest) -> HttpResponse:
    policy = SitePolicy.current()
    if policy.registration != Registration.DOMAINS:
        return redirect("account_signup")
    invite = invite_of(request)
    leads_to = f"/join/{invite}/" if invite else ""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            limits.take_for_address("signup_by_address", request)
            send_confirmation(form.cleaned_data["email"], request=request, leads_to=leads_to)
        except RateLimitedError:
            refused: HttpResponse = respond_429(request)
            return refused
        except RefusalError as refusal:
            refuse(form, refusal)
        else:
            return render(request, "account/confirm_address_sent.html")
    shown = {"form": form, "domains": ", ".join(policy.domain_list), "next": leads_to}
    return render(request, "account/confirm_address.html", shown)
