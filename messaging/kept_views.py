"""The pages of what is pinned in a conversation, and of what one saved. They work without a script."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts.errors import NotFoundError
from accounts.models import User
from accounts.pages import change, me, page, page_of
from messaging import actions, saved
from messaging.catch_up import read_pins
from messaging.list_pane import PaneRow, names_for, read_pane, read_pane_about, rows_of
from messaging.listing import GONE
from messaging.protocol import Preview, UnpinMessage


@dataclass
class KeptLine:
    """A message in a line, and where it leads."""

    place: PaneRow
    preview: Preview
    author: str

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.preview.sent_at)


@page("GET")
def pins(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    pane, shown = read_pane_about(request, conversation_id)
    found = async_to_sync(read_pins)(me(request).pk, conversation_id)
    lines = _lines(me(request), [(shown, preview) for _, preview in found])
    roster = async_to_sync(actions.access_conversation)(me(request).pk, conversation_id)
    about = {"pane": pane, "conversation": shown.row, "lines": lines, "may_pin": roster.may_pin(me(request).pk)}
    return render(request, "messaging/pins.html", about)


@change
def unpin(request: HttpRequest, conversation_id: uuid.UUID, seq: int) -> HttpResponse:
    command = UnpinMessage(key=uuid.uuid4(), conversation_id=conversation_id, target=seq)
    async_to_sync(actions.write)(me(request).pk, command)
    messages.success(request, "The message is not pinned any more.")
    return HttpResponseRedirect(reverse("pins", args=[conversation_id]))


@page("GET")
def saved_list(request: HttpRequest) -> HttpResponse:
    rows = page_of(request, saved.saved_messages(me(request)).order_by("-pk"))
    read = saved.with_previews(rows.object_list)
    places = rows_of(me(request), [row.conversation_id for row, _ in read])
    found = [(places[row.conversation_id], preview) for row, preview in read if row.conversation_id in places]
    about: dict[str, Any] = {"pane": read_pane(request), "rows": rows, "lines": _lines(me(request), found)}
    return render(request, "messaging/saved.html", about)


@change
def unsave(request: HttpRequest, conversation_id: uuid.UUID, seq: int) -> HttpResponse:
    with contextlib.suppress(NotFoundError):  # a second press
        saved.unsave_message(me(request), conversation_id=conversation_id, seq=seq)
    return HttpResponseRedirect(reverse("saved"))


def _lines(user: User, found: list[tuple[PaneRow, Preview]]) -> list[KeptLine]:
    names = names_for(user, [preview.author_id for _, preview in found])
    return [
        KeptLine(place, preview, "You" if preview.author_id == user.pk else names.get(preview.author_id, GONE))
        for place, preview in found
    ]
