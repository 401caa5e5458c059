"""The page of how much one hears of a conversation. static/js/attention-dialog.js does the same in place."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.errors import InvalidError
from accounts.models import User
from accounts.pages import me, page, say_refusals
from accounts.zones import zone_named
from groups.access import access_conversation
from groups.actions import set_attention
from groups.models import Level
from messaging.list_pane import read_pane_about

MORNING_HOUR = 8


@page("GET", "POST")
@say_refusals
def attention(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    conversation = access_conversation(me(request), conversation_id)
    if request.method == "POST":
        set_attention(me(request), conversation=conversation, **_asked(request))
        messages.success(request, "That is how it is now.")
        return redirect("attention", conversation_id)
    pane, shown = read_pane_about(request, conversation_id)
    until = shown.row.attention.muted_until
    told = {"pane": pane, "conversation": shown.row, "attention": shown.row.attention, "levels": Level.choices}
    told["muted_until"] = datetime.fromisoformat(until).astimezone(_zone(me(request))) if until else None
    return render(request, "messaging/attention.html", told)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """One of the page's buttons."""
    if "level" in request.POST:
        return {"level": request.POST["level"]}
    mute = request.POST.get("mute")
    if mute == "off":
        return {"is_muted": False}
    ends = {"hour": timezone.now() + timedelta(hours=1), "tomorrow": _morning(me(request)), "always": None}
    if mute not in ends:
        raise InvalidError("Choose for how long.", field="mute")
    return {"is_muted": True, "muted_until": ends[mute]}


def _zone(user: User) -> tzinfo:
    return zone_named(user.time_zone) or timezone.get_current_timezone()


def _morning(user: User) -> datetime:
    """Tomorrow at eight, in the user's zone if we know it."""
    tomorrow = timezone.now().astimezone(_zone(user)) + timedelta(days=1)
    return tomorrow.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
