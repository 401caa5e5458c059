"""A user's own account: profile, sessions, API tokens, whom they blocked."""

from __future__ import annotations

import uuid

from allauth.account import views as allauth_views
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from accounts import actions, pending_email
from accounts import tokens as token_verbs
from accounts.access import access_session, access_token, session_id_of, sessions_of
from accounts.errors import RefusalError
from accounts.followers import may_trail
from accounts.forms import PrivacyForm, ProfileForm, QuietHoursForm, StatusForm, TokenForm
from accounts.labels import isolate
from accounts.models import Block, Token
from accounts.pages import ask, asked_change, back, change, is_repeat, me, page, page_of, refuse
from accounts.user_agents import describe


@sensitive_post_parameters("password")
@page("GET", "POST")
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, request=request, user=me(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_profile(me(request), display_name=form.cleaned_data["display_name"], email=form.new_email)
        except RefusalError as refusal:
            refuse(form, refusal)
            me(request).refresh_from_db()
        else:
            messages.success(request, _saved(form))
            return redirect("settings")
    return render(request, "accounts/profile.html", {"form": form})


def _saved(form: ProfileForm) -> str:
    return f"Your profile is saved. We sent a link to {form.new_email}." if form.new_email else "Your profile is saved."


@change
def send_email_link(request: HttpRequest) -> HttpResponse:
    pending_email.send_link(me(request))
    messages.success(request, f"We sent a new link to {me(request).email_pending}. The ones before it have ended.")
    return back(request, "/settings/")


@change
def cancel_email(request: HttpRequest) -> HttpResponse:
    pending_email.cancel_email(me(request))
    messages.success(request, "That address is forgotten.")
    return back(request, "/settings/")


@page("GET", "POST")
def status(request: HttpRequest) -> HttpResponse:
    """What others see of what one does now."""
    form = StatusForm(request.POST or None, user=me(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_profile(me(request), **form.profile())
        except RefusalError as refusal:
            refuse(form, refusal)
            me(request).refresh_from_db()
        else:
            messages.success(request, "Your status is saved.")
            return redirect("status")
    return render(request, "accounts/status.html", {"form": form})


@page("GET", "POST")
def privacy(request: HttpRequest) -> HttpResponse:
    """Who may put one into groups."""
    form = PrivacyForm(request.POST or None, user=me(request))
    if request.method == "POST" and form.is_valid():
        actions.change_profile(me(request), added_by=form.cleaned_data["added_by"])
        messages.success(request, "Saved.")
        return redirect("privacy")
    return render(request, "accounts/privacy.html", {"form": form})


@page("GET", "POST")
def attention(request: HttpRequest) -> HttpResponse:
    """When one wants to hear nothing; and, with a script, what this device may do to be noticed."""
    form = QuietHoursForm(request.POST if request.method == "POST" else None, user=me(request))
    if request.method == "POST" and form.is_valid():
        try:
            form.keep(me(request))
        except RefusalError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, "Your quiet hours are saved.")
            return redirect("attention_settings")
    return render(request, "accounts/attention.html", {"form": form})


@page("GET", "POST")
def password(request: HttpRequest) -> HttpResponse:
    """Whoever was given an account without a password gets one by mail, as if it were forgotten."""
    if not me(request).has_usable_password():
        return render(request, "accounts/no_password.html")
    answer: HttpResponse = allauth_views.password_change(request)
    return answer


@page("GET")
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in, this session first."""
    rows = [
        {
            "id": session_id_of(session),
            "device": describe(session.user_agent),
            "session": session,
            "is_current": session.session_key == request.session.session_key,
        }
        for session in sessions_of(me(request))
    ]
    rows.sort(key=lambda row: not row["is_current"])
    tokens_count = Token.objects.filter(user=me(request)).count()
    return render(request, "accounts/sessions.html", {"rows": page_of(request, rows), "tokens_count": tokens_count})


@change
def end_session(request: HttpRequest, session_id: str) -> HttpResponse:
    session = access_session(me(request), session_id)
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    actions.end_session(me(request), session=session)
    messages.success(request, "That session is signed out.")
    return redirect("sessions")


@change
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Every other browser, and, if that is ticked, every program."""
    for session in sessions_of(me(request)):
        if session.session_key != request.session.session_key:
            actions.end_session(me(request), session=session)
    if "tokens" in request.POST:
        token_verbs.end_tokens(me(request))
        messages.success(request, "You are signed out everywhere else, and your API tokens have ended.")
    elif count := Token.objects.filter(user=me(request)).count():
        works = "1 API token still works" if count == 1 else f"{count} API tokens still work"
        messages.success(request, f"You are signed out everywhere else. {works}.")
    else:
        messages.success(request, "You are signed out everywhere else.")
    return redirect("sessions")


@sensitive_post_parameters("password")
@page("GET", "POST")
def tokens(request: HttpRequest) -> HttpResponse:
    """The API tokens. A new one's secret is in this answer and nowhere else."""
    form, secret = TokenForm(request.POST or None, request=request, user=me(request)), ""
    if request.method == "POST" and form.is_valid():
        if is_repeat(request):
            return redirect("tokens")
        try:
            _, secret = token_verbs.create_token(me(request), **form.wanted())
            form = TokenForm(None, request=request, user=me(request))
        except RefusalError as refusal:
            refuse(form, refusal)
    rows = page_of(request, Token.objects.filter(user=me(request)).order_by("-created"))
    shown = {"form": form, "secret": secret, "rows": rows, "form_key": uuid.uuid4()}
    return render(request, "accounts/tokens.html", shown)


@asked_change
def delete_token(request: HttpRequest, token_id: str) -> HttpResponse:
    token = access_token(me(request), token_id)
    name = isolate(token.name) or "this token"
    if request.method != "POST":
        words = "Programs that use it are shut out at once. This cannot be undone."
        return ask(request, title=f"Revoke {name}?", words=words, button=f"Revoke {name}", cancel="/settings/tokens/")
    token_verbs.delete_token(me(request), token=token)
    messages.success(request, f"{name} is revoked.")
    return redirect("tokens")


@may_trail
@page("GET")
def blocked(request: HttpRequest) -> HttpResponse:
    rows = page_of(request, Block.objects.filter(blocker=me(request)).select_related("blocked").order_by("-created_at"))
    return render(request, "accounts/blocked.html", {"rows": rows})
