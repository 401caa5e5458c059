"""The page of the link that confirms an e-mail address; it works signed out, in any browser."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainRefusedError, EmailTakenError, LinkEndedError
from accounts.pending_email import access_link
from accounts.pending_email import confirm_email as confirm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest, key: str) -> HttpResponse:
    """GET changes nothing: what scans mail for harm opens every link in it."""
    try:
        owner = access_link(key)
        if request.method == "POST":
            confirm(owner)
            messages.success(request, f"{owner.email} is confirmed: it is the address of @{owner.username} now.")
            return redirect("settings" if request.user.is_authenticated else "account_login")
    except (LinkEndedError, EmailTakenError, DomainRefusedError) as refusal:
        return render(request, "account/confirm_email_refused.html", {"code": refusal.code}, status=refusal.status)
    return render(request, "account/confirm_email.html", {"owner": owner})
