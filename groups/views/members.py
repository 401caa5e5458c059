"""Who is in a group: adding, removing, roles."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.access import access_user
from accounts.directory import findable
from accounts.errors import InvalidError, NotAllowedError
from accounts.forms import SearchForm
from accounts.labels import isolate
from accounts.models import User, UserQuerySet
from accounts.pages import ask, asked_change, back, change, me, page, page_of
from groups import actions
from groups.access import access_member, access_own_group, check_can_invite
from groups.consent import addable
from groups.models import Conversation, Membership, Role
from groups.views.group import owned

ROLE_WORDS = {Role.ADMIN.value: "an admin", Role.MEMBER.value: "a member without a role"}


@page("GET")
def add_members(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    """People who are not in the group: the contacts, or whoever is called what was searched for."""
    group = access_own_group(me(request), group_id)
    check_can_invite(me(request), group)
    query = SearchForm.text_of(request.GET)
    rows = page_of(request, _outside(request, group, query))
    agreed = addable(me(request), list(rows))
    for person in rows:
        person.is_addable = person.pk in agreed
    shown = {"group": group, "conversation": group, "q": query, "rows": rows}
    return render(request, "groups/add.html", shown)


def _outside(request: HttpRequest, group: Conversation, query: str) -> QuerySet[User]:
    everyone: UserQuerySet = User.objects.all().active()
    wanted = (
        findable(me(request), query) if query else everyone.filter(pk__in=me(request).contacts.values("contact_id"))
    )
    return wanted.exclude(pk__in=group.memberships.values("user_id")).order_by("username")


@change
def add_member(request: HttpRequest, group_id: uuid.UUID, user_id: uuid.UUID) -> HttpResponse:
    group, other = access_own_group(me(request), group_id), access_user(me(request), user_id)
    check_can_invite(me(request), group)
    try:
        found, _ = actions.add_member(me(request), conversation=group, user=other)
    except NotAllowedError as refusal:  # a block between the two
        messages.error(request, refusal.message)
    else:
        is_in = isinstance(found, Membership)
        messages.success(
            request,
            f"{isolate(other.name)} is in {isolate(group.name)}." if is_in else f"{isolate(other.name)} is invited.",
        )
    return back(request, reverse("add_members", args=[group_id]))


@asked_change
def remove_member(request: HttpRequest, group_id: uuid.UUID, user_id: uuid.UUID) -> HttpResponse:
    membership = access_member(me(request), group_id, user_id)
    name, group = isolate(membership.user.name), membership.conversation
    check_can_invite(me(request), group)
    page_of_group = reverse("group", args=[group_id])
    if request.method != "POST":
        words = f"{name} will see nothing of {isolate(group.name)} any more, at once."
        return ask(request, title=f"Remove {name}?", words=words, button=f"Remove {name}", cancel=page_of_group)
    actions.remove_member(me(request), conversation=group, user=membership.user)
    messages.success(request, f"{name} is removed.")
    return back(request, page_of_group)


@change
def change_role(request: HttpRequest, group_id: uuid.UUID, user_id: uuid.UUID) -> HttpResponse:
    """Between member and admin; owners are made by `hand_over`, which asks."""
    membership = access_member(me(request), group_id, user_id)
    role = request.POST.get("role", "")
    if role not in ROLE_WORDS:
        raise InvalidError("Choose admin or member.", field="role")
    actions.change_role(me(request), conversation=membership.conversation, user=membership.user, role=role)
    messages.success(request, f"{isolate(membership.user.name)} is now {ROLE_WORDS[role]}.")
    return back(request, reverse("group", args=[group_id]))


@asked_change
def hand_over(request: HttpRequest, group_id: uuid.UUID, user_id: uuid.UUID) -> HttpResponse:
    """Makes a member owner, and, unless `together` is sent, oneself an admin."""
    group = owned(me(request), group_id)
    membership = access_member(me(request), group_id, user_id)
    name = isolate(membership.user.name)
    if request.method != "POST":
        return ask(
            request,
            title=f"Hand {isolate(group.name)} over to {name}?",
            words=f"{name} becomes its owner and you an admin. Or share it: then both of you are owners.",
            button=f"Hand over to {name}",
            tone="accent",
            other_button="Own it together",
            other_name="together",
            cancel=reverse("group", args=[group_id]),
        )
    with transaction.atomic():
        actions.change_role(me(request), conversation=group, user=membership.user, role=Role.OWNER)
        if "together" not in request.POST:
            actions.change_role(me(request), conversation=group, user=me(request), role=Role.ADMIN)
    messages.success(request, f"{name} is now an owner.")
    return redirect("group", group_id)
