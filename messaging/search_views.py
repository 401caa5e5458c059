"""The page of a search. It works without a script; on the chat page static/js/message-search.js does it in place."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import limits
from accounts.errors import InvalidError, NotFoundError, RateLimitedError
from accounts.models import User
from accounts.pages import me, page
from messaging import actions
from messaging.api.search import FOUND_DEFAULT, read_cursor, write_cursor
from messaging.list_pane import PaneRow, names_for, pane_rows
from messaging.listing import GONE
from messaging.scope import wanted_by
from messaging.search import Found


@dataclass
class FoundLine:
    """A message as the page shows it."""

    found: Found
    place: str
    author: str

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.found.sent_at)


@page("GET")
def search(request: HttpRequest) -> HttpResponse:
    """The form; with `q` what was found, or what is wrong with it."""
    pane = pane_rows(me(request))
    shown: dict[str, Any] = {"pane": pane, "q": request.GET.get("q", ""), "here": _here(request, pane)}
    if "q" in request.GET:
        try:
            shown |= _found(request, pane, shown["here"])
        except (InvalidError, NotFoundError, RateLimitedError) as refusal:
            shown["refusal"] = refusal
    return _page(request, shown)


def _page(request: HttpRequest, shown: dict[str, Any]) -> HttpResponse:
    refusal = shown.get("refusal")
    answer = render(request, "messaging/search.html", shown, status=refusal.status if refusal else 200)
    if isinstance(refusal, RateLimitedError):
        answer["Retry-After"] = str(refusal.retry_after)
    return answer


def _here(request: HttpRequest, pane: list[PaneRow]) -> PaneRow | None:
    """The conversation that is searched alone; one that is not theirs is no conversation."""
    asked = request.GET.get("conversation_id", "")
    return next((item for item in pane if str(item.row.id) == asked), None)


def _found(request: HttpRequest, pane: list[PaneRow], here: PaneRow | None) -> dict[str, Any]:
    user = me(request)
    wanted = wanted_by(user, request.GET["q"], conversation_id=here.row.id if here else None)
    limits.take("search_by_user", str(user.pk))
    wanted.below = read_cursor(request.GET.get("cursor"))
    page = async_to_sync(actions.search_messages)(wanted, FOUND_DEFAULT)
    return {
        "lines": _lines(user, page.results, {item.row.id: item.row.name for item in pane}),
        "cursor": write_cursor(page.below) if page.below else None,
        "is_complete": page.is_complete,
    }


def _lines(user: User, results: list[Found], places: dict[uuid.UUID, str]) -> list[FoundLine]:
    names = names_for(user, [found.author_id for found in results])
    return [
        FoundLine(
            found,
            places.get(found.conversation_id, ""),
            "You" if found.author_id == user.pk else names.get(found.author_id, GONE),
        )
        for found in results
    ]
