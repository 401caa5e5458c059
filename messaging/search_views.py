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
from messaging.list_pane import PaneRow, names_for, read_pane, rows_of
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
    shown: dict[str, Any] = {"pane": read_pane(request), "q": request.GET.get("q", ""), "here": _here(request)}
    if "q" in request.GET:
        try:
            shown |= _found(request, shown["here"])
        except (InvalidError, NotFoundError, RateLimitedError) as refusal:
            shown["refusal"] = refusal
    return _page(request, shown)


def _page(request: HttpRequest, shown: dict[str, Any]) -> HttpResponse:
    refusal = shown.get("refusal")
    answer = render(request, "messaging/search.html", shown, status=refusal.status if refusal else 200)
    if isinstance(refusal, RateLimitedError):
        answer["Retry-After"] = str(refusal.retry_after)
    return answer


def _here(request: HttpRequest) -> PaneRow | None:
    """The conversation that is searched alone; one that is not theirs is no conversation."""
    try:
        asked = uuid.UUID(request.GET.get("conversation_id", ""))
    except ValueError:
        return None
    return rows_of(me(request), [asked]).get(asked)


def _found(request: HttpRequest, here: PaneRow | None) -> dict[str, Any]:
    user = me(request)
    wanted = wanted_by(user, request.GET["q"], conversation_id=here.row.id if here else None)
    limits.take("search_by_user", str(user.pk))
    wanted.below = read_cursor(request.GET.get("cursor"))
    page = async_to_sync(actions.search_messages)(wanted, FOUND_DEFAULT)
    return {
        "lines": _lines(user, page.results, _places(user, page.results)),
        "cursor": write_cursor(page.below) if page.below else None,
        "is_complete": page.is_complete,
    }


def _places(user: User, results: list[Found]) -> dict[uuid.UUID, str]:
    rows = rows_of(user, {found.conversation_id for found in results})
    return {conversation_id: item.row.name for conversation_id, item in rows.items()}


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
