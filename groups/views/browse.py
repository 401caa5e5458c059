"""Finding groups, making one, and opening a direct conversation."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.access import access_user
from accounts.errors import NotAllowedError, RefusalError
from accounts.followers import may_trail
from accounts.forms import SearchForm
from accounts.pages import back, change, is_repeat, me, page, page_of, refuse
from groups import actions
from groups.access import access_group
from groups.forms import NewGroupForm
from groups.models import Conversation, Invitation, Kind

INVITATIONS_SHOWN = 20


@may_trail
@page("GET")
def groups(request: HttpRequest) -> HttpResponse:
    """Public groups and channels, or with ?show=mine one's own, by name; on top the invitations one has."""
    query, is_mine = SearchForm.text_of(request.GET), request.GET.get("show") == "mine"
    listed = Conversation.objects.groups().visible_to(me(request)) if is_mine else Conversation.objects.public()
    rows = page_of(request, listed.filter(name__icontains=query).seen_by(me(request)).order_by("name", "pk"))
    invitations = Invitation.objects.addressed_to(me(request)).select_related("conversation", "created_by")
    shown = {
        "q": query,
        "is_mine": is_mine,
        "rows": rows,
        "invitations": invitations.order_by("-created_at")[:INVITATIONS_SHOWN],
    }
    return render(request, "groups/groups.html", shown)


@page("GET", "POST")
def new_group(request: HttpRequest, kind: str = Kind.GROUP) -> HttpResponse:
    """A group, or a channel."""
    form = NewGroupForm(request.POST or None, user=me(request))
    if request.method == "POST" and form.is_valid():
        if is_repeat(request):
            messages.info(request, f"This {kind} was made already.")
            return redirect(reverse("groups") + "?show=mine")
        try:
            made = actions.create_group(me(request), kind=kind, **form.cleaned_data)
            _say_who_is_invited(request, made)
            return redirect("conversation", made.pk)
        except RefusalError as refusal:
            refuse(form, refusal)
    return render(request, "groups/new.html", {"form": form, "form_key": uuid.uuid4(), "kind": kind})


def _say_who_is_invited(request: HttpRequest, group: Conversation) -> None:
    """Not everybody who was chosen is in it: some are asked first."""
    names = [
        invitation.invitee.name for invitation in group.invitations.select_related("invitee") if invitation.invitee
    ]
    if names:
        them = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        messages.info(request, f"Invited, and here once they accept: {them}.")


@change
def join_group(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    """Into a public group."""
    group = access_group(me(request), group_id)
    actions.join_group(me(request), conversation=group)
    return redirect("conversation", group.pk)


@change
def open_direct(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """To the direct conversation with somebody, made if there is none."""
    other = access_user(me(request), user_id)
    try:
        conversation, _ = actions.open_direct(me(request), other)
    except NotAllowedError as refusal:  # a block: one may know that it does not work, not who did it
        messages.error(request, refusal.message)
        return back(request, reverse("person", args=[other.pk]))
    return redirect("conversation", conversation.pk)
