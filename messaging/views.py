"""The chat pages. They work without a script; static/js upgrades them in place."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import InvalidError, NotFoundError, RefusalError, UnavailableError
from accounts.models import User
from accounts.pages import limited, me
from groups.access import access_conversation
from messaging import actions
from messaging.drafting import forget_sent
from messaging.errors import KeyReusedError
from messaging.files.actions import take_whole
from messaging.files.serving import answer
from messaging.forms import MessageForm
from messaging.history import Page
from messaging.list_pane import Pane, PaneRow, names_for, read_pane, read_pane_about
from messaging.listing import conversation_row, conversation_rows
from messaging.protocol import (
    PAGE_CHANGES,
    SEQ_MOST,
    AnyChange,
    MessageSent,
    Position,
    ReceiptsChanged,
    SendMessage,
    decode_change,
)
from messaging.timeline import people_in, timeline

PAGE_LINES = 60
LINES_BEFORE_UNREAD = 20


@require_safe
@login_required
@limited
@never_cache
def chat(request: HttpRequest) -> HttpResponse:
    """The conversation list, nothing opened."""
    return render(request, "messaging/chat.html", {"pane": read_pane(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited
@never_cache
def conversation(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """A page of its timeline (?before=, ?after= or ?at= a seq); a POST sends a message, or marks as read or unread."""
    if request.method == "POST":
        return (
            _mark(request, conversation_id)
            if {"read", "unread"} & request.POST.keys()
            else _send(request, conversation_id)
        )
    return _show(request, conversation_id, None)


@require_safe
@login_required
@limited
def file(request: HttpRequest, conversation_id: uuid.UUID, seq: int, *, is_small: bool = False) -> HttpResponseBase:
    """What a message carries, for members; `is_small`: the thumbnail of a picture."""
    if not 1 <= seq <= SEQ_MOST:
        raise Http404
    facts = async_to_sync(actions.read_file)(me(request).pk, conversation_id=conversation_id, seq=seq)
    return answer(request, facts, is_small=is_small)


def _send(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    form = MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, conversation_id, form, status=400)
    key, body, file = (form.cleaned_data[name] for name in ("key", "body", "file"))
    command = SendMessage(key=key, conversation_id=conversation_id, body=body)
    try:
        if file:
            place = {"conversation_id": conversation_id, "key": key}
            command.file_id = take_whole(me(request), file, **place, name=file.name, size=file.size)
        async_to_sync(actions.write)(me(request).pk, command)
    except NotFoundError:
        raise
    except KeyReusedError as error:
        form.add_error("key", error.message)
        return _show(request, conversation_id, form, status=error.status)
    except RefusalError as error:
        form.add_error("body", error.message)
        return _show(request, conversation_id, form, status=error.status)
    forget_sent(me(request), conversation_id)
    return _back(conversation_id)


def _mark(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """As read up to a seq, or as unread from one on."""
    takes_back = "unread" in request.POST
    seq = read_seq(request.POST["unread" if takes_back else "read"])
    mark = async_to_sync(actions.mark_unread if takes_back else actions.mark_read)
    try:
        mark(me(request).pk, conversation_id=conversation_id, seq=seq)
    except InvalidError as error:
        raise BadRequest(error.message) from error
    return _back(conversation_id)


def _back(conversation_id: uuid.UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("conversation", args=[conversation_id]), status=303)


def read_seq(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 17 and int(text) <= SEQ_MOST):
        raise BadRequest("A position in a conversation is a whole number.")
    return int(text)


def _page(request: HttpRequest, conversation_id: uuid.UUID, position: Position) -> Page:
    """The page that the address asks for, `at` in its middle. Without one, the newest, reaching to what is unread; or
    where that is more than a page, its beginning."""
    asked = {name: read_seq(request.GET[name]) for name in ("before", "after", "at") if request.GET.get(name)}
    unread_lines = position.head - position.read + LINES_BEFORE_UNREAD if position.unread else 0
    if not asked and unread_lines > PAGE_CHANGES:
        asked = {"at": position.read + 1}
    if "at" in asked:
        asked = {"after": max(0, asked["at"] - PAGE_LINES // 2)}
    limit = PAGE_LINES if asked else min(PAGE_CHANGES, max(PAGE_LINES, unread_lines))
    read = async_to_sync(actions.read_history)
    try:
        return read(me(request).pk, conversation_id=conversation_id, limit=limit, **asked)
    except InvalidError as error:
        raise BadRequest(error.message) from error


def _show(
    request: HttpRequest, conversation_id: uuid.UUID, form: MessageForm | None, status: int = 200
) -> HttpResponse:
    """With this form, or with one that holds the draft."""
    pane, shown = read_pane_about(request, conversation_id)
    form = form or MessageForm(initial={"key": uuid.uuid4(), "body": shown.draft.text if shown.draft else ""})
    page = _page(request, conversation_id, shown.row.position)
    context = _context(me(request), pane, shown, page, form)
    context["page_address"] = f"{reverse('conversation_page', args=[conversation_id])}?{request.GET.urlencode()}"
    return render(request, "messaging/chat.html", context, status=status)


def _receipts(user: User, conversation_id: uuid.UUID) -> ReceiptsChanged:
    """Without them the page is as good: what they need besides the history may be down."""
    try:
        return async_to_sync(actions.list_receipts)(user.pk, conversation_id=conversation_id)
    except UnavailableError:
        return ReceiptsChanged(conversation_id=conversation_id)


@dataclass(slots=True)
class _Read:
    """A page of a conversation, decoded, with what it answers and the names of all who are in it."""

    changes: list[AnyChange]
    later: list[AnyChange]
    quoted: list[AnyChange]
    of_quoted: list[AnyChange]
    names: dict[uuid.UUID, str]


def _read(user: User, conversation_id: uuid.UUID, page: Page) -> _Read:
    changes = [decode_change(content) for content in page.changes]
    later = [decode_change(content) for content in page.later]
    read_quoted = async_to_sync(actions.read_quoted)
    quoted, of_quoted = read_quoted(user.pk, conversation_id=conversation_id, changes=changes)
    return _Read(changes, later, quoted, of_quoted, names_for(user, people_in([*changes, *later, *quoted])))


@require_safe
@login_required
@limited
@never_cache
def page_data(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """What a conversation's page of the same query shows, for static/js/main.js. The page itself carries each message
    once, as it is shown."""
    user = me(request)
    shown = conversation_row(user, access_conversation(user, conversation_id))
    page = _page(request, conversation_id, shown.position)
    read = _read(user, conversation_id, page)
    seed = {
        "conversation_id": conversation_id,
        "head": page.head,
        "changes": [msgspec.json.decode(content) for content in page.changes],
        "later": [msgspec.json.decode(content) for content in page.later],
        "quoted": {"changes": msgspec.to_builtins(read.quoted), "later": msgspec.to_builtins(read.of_quoted)},
        "receipts": msgspec.to_builtins(_receipts(user, conversation_id)),
        "users": {str(id): name for id, name in read.names.items()},
    }
    return HttpResponse(msgspec.json.encode(seed), content_type="application/json")


def _places(user: User, changes: Sequence[AnyChange]) -> dict[uuid.UUID, str]:
    """What the conversations are called that messages were forwarded from, as far as they are the user's."""
    sources = {one.forwarded.conversation_id for one in changes if isinstance(one, MessageSent) and one.forwarded}
    return {row.id: row.name for row in conversation_rows(user, sources)} if sources else {}


def _context(user: User, pane: Pane, shown: PaneRow, page: Page, form: MessageForm) -> dict[str, Any]:
    read = _read(user, shown.row.id, page)
    changes = read.changes
    return {
        "pane": pane,
        "shown": shown,
        "conversation": shown.row,
        "form": form,
        # The same key while the outcome may be unknown: sending again finds out.
        "key": uuid.uuid4() if "key" in form.errors else form["key"].value(),
        "lines": timeline(
            changes,
            [*read.later, *read.of_quoted],
            quoted=read.quoted,
            me=user.pk,
            names=read.names,
            since=shown.row.position.read,
            receipts=_receipts(user, shown.row.id),
            places=_places(user, [*changes, *read.quoted]),
        ),
        "earlier": changes[0].seq if changes and changes[0].seq > 1 else None,
        "later": changes[-1].seq if changes and changes[-1].seq < page.head else None,
        "head": page.head,
        "pins_count": len(async_to_sync(actions.list_pins)(shown.row.id)),
        "file_bytes": settings.FILE_BYTES_MOST,
    }
