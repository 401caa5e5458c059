"""The administrators' read-only view of a conversation's messages, where every look leaves an audit entry, written
first; and what was reported."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.admin import LookOnly, staff_of, try_each
from accounts.models import User
from groups.models import Conversation
from messaging.history import history
from messaging.listing import GONE
from messaging.models import AuditEntry, Outcome, Report
from messaging.notes import note
from messaging.protocol import (
    SEQ_MOST,
    AnyChange,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageSent,
    MessageUnpinned,
    ReactionAdded,
    ReactionRemoved,
    Text,
    decode_change,
)
from messaging.reports import settle
from messaging.timeline import people_in

PAGE_CHANGES = 50


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    list_display = ["read_at", "admin", "conversation_id", "first_seq", "last_seq"]
    list_filter = ["read_at"]
    search_fields = ["admin__username", "conversation_id"]
    date_hierarchy = "read_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.read_conversation)
        own = path("conversation/<uuid:conversation_id>/", view, name="messaging_read_conversation")
        return [own, *super().get_urls()]

    def read_conversation(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        """A page of the timeline, the newest or the one before `?before=`."""
        if not request.user.has_perm("messaging.read_conversation"):
            raise PermissionDenied
        conversation = Conversation.objects.filter(id=conversation_id).first()
        if conversation is None:
            raise Http404
        page = async_to_sync(history().page)(conversation_id, before=_before(request), limit=PAGE_CHANGES)
        changes = [decode_change(content) for content in page.changes]
        _note(request, conversation_id, changes)
        context = self._context(request, conversation, changes, is_first=page.complete)
        return TemplateResponse(request, "admin/messaging/conversation.html", context)

    def _context(
        self, request: HttpRequest, conversation: Conversation, changes: list[AnyChange], *, is_first: bool
    ) -> dict[str, Any]:
        names = {user.pk: str(user) for user in User.objects.filter(pk__in=people_in(changes))}
        me = cast(User, request.user).pk
        return {
            **self.admin_site.each_context(request),
            "title": f"Messages of {conversation}",
            "opts": AuditEntry._meta,
            "rows": [(change, names.get(change.author_id, GONE), _told(change, me, names)) for change in changes],
            "earlier": None if is_first or not changes else changes[0].seq,
        }


@admin.register(Report)
class ReportAdmin(LookOnly):
    """All reports, of direct conversations too, with who reported. Deleting one forgets what was said."""

    list_display = ("reported_at", "place", "author_name", "reporter", "outcome")
    list_filter = ("outcome", "reported_at")
    list_select_related = ("reporter",)
    search_fields = (
        "author_name",
        "author__username",
        "reporter__username",
        "text",
        "reason",
        "place",
        "=conversation__id",
    )
    date_hierarchy = "reported_at"
    fields = readonly_fields = (
        "id",
        "conversation",
        "place",
        "seq",
        "author",
        "author_name",
        "sent_at",
        "text",
        "file_name",
        "reporter",
        "reason",
        "reported_at",
        "outcome",
        "settled_by",
        "settled_at",
    )
    actions = ("dismiss",)

    @admin.action(description="Dismiss the selected reports", permissions=["delete"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        staff, open_ones = staff_of(request), queryset.filter(settled_at=None)
        try_each(request, open_ones, lambda row: settle(staff, row, Outcome.DISMISSED), done="dismissed", page=self)


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return min(int(text), SEQ_MOST) if text.isascii() and text.isdigit() and len(text) <= 16 else None


def _note(request: HttpRequest, conversation_id: UUID, changes: list[AnyChange]) -> None:
    AuditEntry.objects.create(
        admin=cast(User, request.user),
        conversation_id=conversation_id,
        first_seq=changes[0].seq if changes else 0,
        last_seq=changes[-1].seq if changes else 0,
    )


def _told(change: AnyChange, me: UUID, names: dict[UUID, str]) -> str:
    """A text, or what happened, as plain text; nothing for a number that was never used."""
    match change:
        case MessageEdited():
            return f"Edited {change.target}: {_text(change)}"
        case MessageDeleted():
            return f"Deleted {change.target}"
        case MessageSent():
            return _text(change)
        case ReactionAdded():
            return f"Reacted to {change.target}: {change.emoji}"
        case ReactionRemoved():
            return f"Took back from {change.target}: {change.emoji}"
        case MessagePinned():
            return f"Pinned {change.target}"
        case MessageUnpinned():
            return f"Unpinned {change.target}"
    return note(change, me, names)


def _text(change: Text) -> str:
    return "(deleted)" if change.deleted else change.body
