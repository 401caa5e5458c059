"""The front door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What Parley is, for strangers; users are led to their conversations."""
    if request.user.is_authenticated:
        return redirect("/c/")
    return render(request, "landing.html")
