"""Files for staff: whose they are and how large, to look at and to take away. What they contain is not shown here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat

from accounts.admin import LookOnly

from . import actions
from .capacity import WARN_SHARE, capacity, warning
from .models import File


def warn_of_room(request: HttpRequest) -> None:
    """On the page that is shown next, while most of the room for files is taken."""
    if (share := capacity.share()) >= WARN_SHARE:
        messages.warning(request, warning(share))


def _with_warning(index: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @functools.wraps(index)
    def shown(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        warn_of_room(request)
        return index(request, extra_context)

    return shown


# Where whoever runs the site begins.
admin.site.index = _with_warning(admin.site.index)  # type: ignore[assignment, method-assign]


@admin.register(File)
class FileAdmin(LookOnly):
    """Deleting one takes its content away; a message that carries it stays, and says that it is gone."""

    list_display = ("name", "owner", "bytes", "media_type", "state", "messages", "created_at")
    list_filter = ("media_type", "created_at", ("finished_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("=id", "name", "owner__username", "=uses__conversation_id")
    search_help_text = "By name, id, the owner's username, or the id of a conversation"
    date_hierarchy = "created_at"
    fields = ("id", "name", "owner", "size", "received", "media_type", "width", "height", "created_at", "finished_at")
    readonly_fields = fields

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        warn_of_room(request)
        shown: HttpResponse = super().changelist_view(request, extra_context)
        return shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[File]:
        rows: QuerySet[File] = super().get_queryset(request)
        return rows.filter(removed_at=None).annotate(count=Count("uses"))

    @admin.display(ordering="size", description="size")
    def bytes(self, file: File) -> str:
        return filesizeformat(file.size)

    @admin.display()
    def state(self, file: File) -> str:
        return "kept" if file.finished_at else f"{file.received * 100 // file.size} % arrived"

    @admin.display(ordering="count")
    def messages(self, file: Any) -> int:
        return int(file.count)

    def delete_model(self, request: HttpRequest, obj: File) -> None:
        actions.discard(obj)
