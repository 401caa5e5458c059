"""Around each view: whether it may read from a follower, and who wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.followers import Reads, begin_reads, choose_follower, end_reads
from accounts.followers.lately import note_writes
from accounts.followers.watching import leave_out

SAFE = ("GET", "HEAD")
View = Callable[..., HttpResponse]


class ReadsMiddleware:
    """The last of all, so that asking again asks the view alone."""

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reads, token = begin_reads()
        request.reads = reads  # type: ignore[attr-defined]
        try:
            response = self._get_response(request)
            if reads.follower and _is_doubtful(response):
                response = self._ask_primary(request, reads, response)
            if reads.has_written and request.method not in SAFE and request.user.is_authenticated:
                note_writes([request.user.pk])
            return response
        finally:
            end_reads(token)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        """What was written before, that the session was used for instance, is not what the view reads."""
        reads: Reads | None = getattr(request, "reads", None)
        if reads is None or request.method not in SAFE:
            return
        api = getattr(view, "cls", None)
        reads.has_written = False
        reads.may_trail = getattr(api or view, "may_trail", False)
        # The API finds out later who asks, and chooses then (chatproject.api.UserLimit).
        if api is None and request.user.is_authenticated:
            choose_follower(request.user.pk)

    def _ask_primary(self, request: HttpRequest, reads: Reads, response: HttpResponse) -> HttpResponse:
        if response.status_code >= 500:
            leave_out(reads.follower)
        reads.may_trail, reads.follower = False, ""
        del request.reads  # type: ignore[attr-defined]
        return self._get_response(request)


def _is_doubtful(response: HttpResponse) -> bool:
    """A follower may have failed, or not have what was made a moment ago."""
    return response.status_code == 404 or response.status_code >= 500
