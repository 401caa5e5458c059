"""A group's own page, and what changes the group as a whole."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import Case, Q, QuerySet, Value, When
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.errors import ConflictError, NotAllowedError, RefusalError
from accounts.forms import SearchForm
from accounts.labels import isolate
from accounts.models import User
from accounts.pages import ROWS_PER_PAGE, ask, asked_change, me, page, page_of, refuse, stretch_of
from groups import actions
from groups.access import access_group, access_membership, check_can_invite, is_banned
from groups.forms import ChangeGroupForm
from groups.models import Conversation, Membership, Role


@page("GET")
def group(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    """For members all of it; for others, if it is public, what it is and a way in."""
    found = access_group(me(request), group_id)
    if not found.my_role:
        return render(request, "groups/card.html", {"group": found, "is_banned": is_banned(me(request), found)})
    query = SearchForm.text_of(request.GET)
    rows = stretch_of(request, _called(found, query)) if found.is_channel else page_of(request, _by_rank(found, query))
    shown = {
        "group": found,
        "conversation": found,
        "q": query,
        "rows": rows,
        "is_long": found.members_count > ROWS_PER_PAGE,
        "can_moderate": found.my_role in (Role.OWNER, Role.ADMIN),
        "is_owner": found.my_role == Role.OWNER,
        "can_step_down": found.my_role == Role.OWNER and found.memberships.filter(role=Role.OWNER).count() > 1,
    }
    return render(request, "groups/group.html", shown)


def _by_rank(conversation: Conversation, query: str) -> QuerySet[Membership]:
    """Owners, admins, members; each by name."""
    rank = Case(When(role=Role.OWNER, then=Value(0)), When(role=Role.ADMIN, then=Value(1)), default=Value(2))
    return _called(conversation, query).order_by(rank, "user__username")


def _called(conversation: Conversation, query: str) -> QuerySet[Membership]:
    """All members, or those called `query`."""
    called = Q(user__username__icontains=query) | Q(user__display_name__icontains=query)
    return conversation.memberships.filter(called if query else Q()).select_related("user")


@page("GET", "POST")
def edit_group(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    membership = access_membership(me(request), group_id)
    conversation = membership.conversation
    check_can_invite(me(request), conversation)
    form = ChangeGroupForm(request.POST or None, initial=model_to_dict(conversation, ChangeGroupForm.base_fields))
    if membership.role != Role.OWNER:
        del form.fields["is_public"]
    if conversation.is_channel:  # where members do not post
        del form.fields["slow_seconds"]
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_group(me(request), conversation=conversation, **form.cleaned_data)
        except RefusalError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"The {conversation.kind} is saved.")
            return redirect("group", group_id)
    conversation.refresh_from_db()
    return render(request, "groups/edit.html", {"form": form, "group": conversation, "conversation": conversation})


@asked_change
def leave_group(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    conversation = access_membership(me(request), group_id).conversation
    page_of_group = reverse("group", args=[group_id])
    if request.method != "POST":
        words = "You will see nothing of it any more. To come back you join again or are invited."
        if conversation.memberships.count() == 1:
            words = f"You are its last member: the {conversation.kind} and everything said in it will be deleted."
        name = isolate(conversation.name)
        return ask(request, title=f"Leave {name}?", words=words, button=f"Leave {name}", cancel=page_of_group)
    try:
        actions.leave_group(me(request), conversation=conversation)
    except ConflictError as refusal:
        messages.error(request, refusal.message)
        return redirect(page_of_group)
    messages.success(request, f"You left {isolate(conversation.name)}.")
    return redirect("groups")


@asked_change
def delete_group(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    conversation = owned(me(request), group_id)
    if request.method != "POST":
        words = "Everything said in it goes, for all of its members. This cannot be undone."
        name, page_of_group = isolate(conversation.name), reverse("group", args=[group_id])
        return ask(request, title=f"Delete {name}?", words=words, button=f"Delete {name}", cancel=page_of_group)
    actions.delete_group(me(request), conversation=conversation)
    messages.success(request, f"{isolate(conversation.name)} is deleted.")
    return redirect("groups")


def owned(user: User, group_id: uuid.UUID) -> Conversation:
    """A group the user owns. The verbs check too; this one also keeps the question from those who may not."""
    membership = access_membership(user, group_id)
    if membership.role != Role.OWNER:
        raise NotAllowedError
    return membership.conversation
