"""What is answered when something broke: 503 and a calm word while a store does not answer, else 500."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts.errors import UnavailableError
from chatproject.api import DATABASE_RETRY_SECONDS, problem, refuse

AWAY = (OperationalError, InterfaceError, UnavailableError)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. Asks nobody: no database, no session, no user."""
    error = sys.exc_info()[1]
    is_away = isinstance(error, AWAY)
    if request.path_info.startswith("/api/"):
        answer = problem(error, {}) if isinstance(error, AWAY) else None
        return answer or refuse(500, "internal", "Something broke on our side.")
    page = HttpResponse(render_to_string("503.html" if is_away else "500.html"), status=503 if is_away else 500)
    if is_away:
        page["Retry-After"] = str(DATABASE_RETRY_SECONDS)
    return page
