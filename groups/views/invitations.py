"""Links into a group, invitations of one person, and what the invited do with them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.access import access_user
from accounts.errors import NotAllowedError, NotFoundError
from accounts.labels import isolate
from accounts.pages import ask, asked_change, back, change, is_repeat, me, page, page_of, say_refusals
from groups import actions
from groups.access import (
    access_group_invitation,
    access_invitation,
    access_invite,
    access_own_group,
    check_can_invite,
    is_banned,
    live_link,
    membership_of,
)
from groups.forms import LinkForm
from groups.models import Conversation


@page("GET")
def invitations(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    """The links and invitations that still let somebody in."""
    return _list(request, group_id, LinkForm())


def _list(request: HttpRequest, group_id: uuid.UUID, form: LinkForm, status: int = 200) -> HttpResponse:
    group = access_own_group(me(request), group_id)
    check_can_invite(me(request), group)
    rows = page_of(request, group.invitations.live().select_related("invitee", "created_by").order_by("-created_at"))
    for invitation in rows.object_list:
        invitation.address = request.build_absolute_uri(reverse("join", args=[invitation.invite]))
    shown = {"group": group, "conversation": group, "rows": rows, "form": form, "form_key": uuid.uuid4()}
    return render(request, "groups/invitations.html", shown, status=status)


@change
def new_link(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    group, form = access_own_group(me(request), group_id), LinkForm(request.POST)
    if not form.is_valid():
        return _list(request, group_id, form, status=400)
    if not is_repeat(request):
        actions.create_invitation(me(request), conversation=group, **form.cleaned_data)
        messages.success(request, "The link is ready: copy it and send it to whom you want.")
    return redirect("invitations", group_id)


@change
def invite_person(request: HttpRequest, group_id: uuid.UUID, user_id: uuid.UUID) -> HttpResponse:
    group, other = access_own_group(me(request), group_id), access_user(me(request), user_id)
    check_can_invite(me(request), group)
    try:
        actions.create_invitation(me(request), conversation=group, invitee=other)
    except NotAllowedError as refusal:  # a block between the two
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{isolate(other.name)} is invited.")
    return back(request, reverse("add_members", args=[group_id]))


@asked_change
def revoke_invitation(request: HttpRequest, group_id: uuid.UUID, invitation_id: uuid.UUID) -> HttpResponse:
    invitation = access_group_invitation(me(request), group_id, invitation_id)
    page_of_invitations = reverse("invitations", args=[group_id])
    if request.method != "POST":
        what = f"the invitation of {isolate(invitation.invitee.name)}" if invitation.invitee else "this link"
        words = "From now on it lets nobody in. Who came by it stays."
        return ask(request, title=f"Revoke {what}?", words=words, button=f"Revoke {what}", cancel=page_of_invitations)
    actions.revoke_invitation(me(request), invitation=invitation)
    messages.success(request, "It lets nobody in any more.")
    return redirect(page_of_invitations)


@never_cache
def join(request: HttpRequest, invite: str) -> HttpResponse:
    """For strangers who has invited them to what, and the ways in, which lead back here; else `join_as_user`."""
    link = None if request.user.is_authenticated or request.method not in ("GET", "HEAD") else live_link(invite)
    if link is None:
        return join_as_user(request, invite)
    return render(request, "groups/invited.html", {"group": link.conversation, "invited_by": link.created_by})


@page("GET", "POST")
def join_as_user(request: HttpRequest, invite: str) -> HttpResponse:
    """What a link leads to: the group's card and a question. A link that is gone looks like one that never was."""
    try:
        invitation = access_invite(me(request), invite)
        if request.method == "POST":
            return _accept(request, invite)
    except NotFoundError:
        return render(request, "groups/no_invite.html", status=404)
    if membership_of(me(request), invitation.conversation):
        return redirect("conversation", invitation.conversation_id)
    group = Conversation.objects.all().seen_by(me(request)).get(pk=invitation.conversation_id)
    shown = {"group": group, "invite": invite, "invited_by": invitation.created_by}
    return render(request, "groups/card.html", {**shown, "is_banned": is_banned(me(request), group)})


@say_refusals
def _accept(request: HttpRequest, invite: str) -> HttpResponse:
    membership, _ = actions.accept_invite(me(request), invite=invite)
    return redirect("conversation", membership.conversation_id)


@change
def accept_invitation(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    return _accept(request, access_invitation(me(request), invitation_id).invite)


@change
def decline_invitation(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    invitation = access_invitation(me(request), invitation_id)
    actions.decline_invitation(me(request), invitation=invitation)
    messages.success(request, f"You declined the invitation to {isolate(invitation.conversation.name)}.")
    return redirect("groups")
