"""Who is kept out of a group."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.access import access_user
from accounts.forms import SearchForm
from accounts.labels import isolate
from accounts.models import User
from accounts.pages import ask, asked_change, back, change, me, page, page_of
from groups import actions
from groups.access import access_ban, access_bans, access_own_group, check_can_invite
from groups.models import Conversation, Role

FOUND_SHOWN = 10


@page("GET")
def bans(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    """Who is banned, by whom and since when; and whoever is called what was searched for, to be banned."""
    group = access_own_group(me(request), group_id)
    rows = page_of(request, access_bans(me(request), group_id).order_by("-pk"))
    query = SearchForm.text_of(request.GET)
    found = _bannable(group, query).exclude(pk=me(request).pk)[:FOUND_SHOWN] if query else []
    shown = {"group": group, "conversation": group, "rows": rows, "q": query, "found": found}
    return render(request, "groups/bans.html", shown)


def _bannable(group: Conversation, query: str) -> QuerySet[User]:
    owners = group.memberships.filter(role=Role.OWNER).values("user_id")
    others: QuerySet[User] = User.objects.all().active().named_like(query).exclude(pk__in=owners)
    return others.exclude(pk__in=group.bans.values("user_id")).order_by("username")


@asked_change
def ban_user(request: HttpRequest, group_id: uuid.UUID, user_id: uuid.UUID) -> HttpResponse:
    group = access_own_group(me(request), group_id)
    check_can_invite(me(request), group)
    user = access_user(me(request), user_id)
    name = isolate(user.name)
    if request.method != "POST":
        place = isolate(group.name)
        words = f"{name} will see nothing of {place} any more, at once, and cannot come back until you lift the ban."
        cancel = reverse("group", args=[group_id])
        return ask(request, title=f"Ban {name}?", words=words, button=f"Ban {name}", cancel=cancel)
    actions.ban_user(me(request), conversation=group, user=user)
    messages.success(request, f"{name} is banned.")
    return back(request, reverse("bans", args=[group_id]))


@change
def lift_ban(request: HttpRequest, group_id: uuid.UUID, user_id: uuid.UUID) -> HttpResponse:
    ban = access_ban(me(request), group_id, user_id)
    actions.lift_ban(me(request), ban=ban)
    messages.success(request, f"{isolate(ban.user.name)} may come in again.")
    return redirect("bans", group_id)
