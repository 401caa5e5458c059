"""The page of what one missed in a conversation. static/js/missed-dialog.js says the same in the same words."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.labels import isolate
from accounts.models import User
from accounts.pages import me, page
from messaging.catch_up import read_missed
from messaging.list_pane import names_for, read_pane_about
from messaging.listing import GONE
from messaging.missed import MissedItem
from messaging.views import read_seq


@dataclass
class MissedLine:
    """One item in words."""

    item: MissedItem
    words: str


@page("GET")
def missed(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Since ?since=, a seq, else since the read mark."""
    pane, shown = read_pane_about(request, conversation_id)
    since = read_seq(request.GET["since"]) if request.GET.get("since") else None
    found = async_to_sync(read_missed)(me(request).pk, conversation_id=conversation_id, since=since)
    told = {"pane": pane, "conversation": shown.row, "missed": found, "lines": _lines(me(request), found.items)}
    return render(request, "messaging/missed.html", told)


def _lines(user: User, items: list[MissedItem]) -> list[MissedLine]:
    names = names_for(user, {user_id for item in items for user_id in item.user_ids})
    return [MissedLine(item, _words(item, [names.get(user_id, GONE) for user_id in item.user_ids])) for item in items]


def _words(item: MissedItem, names: list[str]) -> str:
    who = listed(names)
    match item.kind:
        case "new":
            return f"{who} wrote {item.count} message{'' if item.count == 1 else 's'}"
        case "edited":
            return f"{who} edited a message"
        case "deleted":
            return f"{who} deleted a message"
        case "pinned":
            return f"{who} pinned a message"
        case "reacted":
            return f"{' '.join(item.emojis)} from {who}"
        case "renamed":
            return f"{who} renamed this"
        case "described":
            return f"{who} changed the description"
        case "converted":
            return "This became a channel"
        case "slowed":
            return f"{who} changed the slow mode"
    return f"{who} {item.kind}"


def listed(names: Iterable[str]) -> str:
    """As a sentence lists them; of many the first three."""
    all_names = [isolate(name) for name in names]
    if len(all_names) > 4:
        all_names = [*all_names[:3], f"{len(all_names) - 3} others"]
    return " and ".join(filter(None, [", ".join(all_names[:-1]), all_names[-1]])) if all_names else ""
