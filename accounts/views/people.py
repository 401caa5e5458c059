"""Finding people, one person's page, contacts and blocks."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import actions
from accounts.access import access_block, access_user
from accounts.directory import findable
from accounts.followers import may_trail
from accounts.forms import NicknameForm, SearchForm
from accounts.labels import isolate
from accounts.models import Block, Contact, User
from accounts.pages import ask, asked_change, back, change, me, page, page_of
from accounts.policy import SitePolicy


@may_trail
@page("GET")
def people(request: HttpRequest) -> HttpResponse:
    """The contacts, or whoever is called what was searched for."""
    query = SearchForm.text_of(request.GET)
    found_by = {"directory": SitePolicy.current().directory}
    if query:
        return render(request, "accounts/search.html", {**found_by, "q": query, "rows": _found(request, query)})
    contacts = Contact.objects.filter(owner=me(request), contact__is_active=True).select_related("contact")
    rows = page_of(request, contacts.order_by("contact__username"))
    return render(request, "accounts/people.html", {**found_by, "rows": rows})


def _found(request: HttpRequest, query: str) -> object:
    nicknamed = me(request).contacts.filter(nickname__icontains=query, contact__is_active=True).values("contact_id")
    users: QuerySet[User] = findable(me(request), query) | User.objects.filter(pk__in=nicknamed)
    rows = page_of(request, users.exclude(pk=me(request).pk).order_by("username"))
    contacts = Contact.objects.filter(owner=me(request), contact__in=list(rows.object_list))
    known = {contact.contact_id: contact for contact in contacts}
    blocked = set(Block.objects.filter(blocker=me(request)).values_list("blocked_id", flat=True))
    for user in rows.object_list:
        user.as_contact, user.is_blocked = known.get(user.pk), user.pk in blocked
    return rows


@may_trail
@page("GET")
def person(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """Who somebody is, and what one can do about them."""
    other = access_user(me(request), user_id)
    contact = Contact.objects.filter(owner=me(request), contact=other).first()
    is_blocked = Block.objects.filter(blocker=me(request), blocked=other).exists()
    about = {"person": other, "contact": contact, "is_blocked": is_blocked, "is_me": other == me(request)}
    return render(request, "accounts/person.html", about)


@change
def keep_contact(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """Adds a contact; with a `nickname`, sets that too."""
    other = access_user(me(request), user_id)
    form = NicknameForm(request.POST)
    nickname = form.data.get("nickname") if "nickname" in form.data else None
    _, created = actions.add_contact(me(request), contact=other, nickname=nickname)
    if created:
        messages.success(request, f"{isolate(other.name)} is in your contacts.")
    elif nickname is not None:
        messages.success(
            request, f"You call {isolate(other.name)} “{isolate(nickname)}”." if nickname else "The nickname is gone."
        )
    return back(request, _page_of_person(other))


@change
def remove_contact(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    other = access_user(me(request), user_id)
    actions.remove_contact(me(request), contact=other)
    messages.success(request, f"{isolate(other.name)} is no longer in your contacts.")
    return back(request, _page_of_person(other))


@asked_change
def block(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    other = access_user(me(request), user_id)
    if request.method != "POST":
        name = isolate(other.name)
        words = f"{name} will not be told, but neither of you can write to the other or invite them to a group."
        cancel = _page_of_person(other)
        return ask(request, title=f"Block {name}?", words=words, button=f"Block {name}", cancel=cancel)
    actions.block_user(me(request), blocked=other)
    messages.success(request, f"{isolate(other.name)} is blocked.")
    return back(request, _page_of_person(other))


@change
def unblock(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    other = access_block(me(request), user_id).blocked
    actions.unblock_user(me(request), blocked=other)
    messages.success(request, f"{isolate(other.name)} is not blocked any more.")
    return back(request, reverse("blocked"))


def _page_of_person(other: User) -> str:
    return reverse("person", args=[other.pk])
