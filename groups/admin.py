"""Conversations, memberships, bans and invitations for staff: to look at, to delete and to revoke, but not to edit.

What was said is not shown here; messaging has a view for that, which leaves an audit entry.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.admin import LookOnly, staff_of, try_each

from . import actions
from .models import Ban, Conversation, Invitation, Membership


class MembershipRows(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable when it runs
    model = Membership
    extra = 0
    can_delete = False
    fields = readonly_fields = ("user", "role", "joined_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user")


@admin.register(Conversation)
class ConversationAdmin(LookOnly):
    """Deleting one is for good, with all that was said; its members are told at once."""

    list_display = ("__str__", "kind", "is_public", "members", "created_by", "created_at")
    list_filter = ("kind", "is_public", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("=id", "name", "description", "memberships__user__username")
    search_help_text = "By name, description, id, or the username of a member"
    date_hierarchy = "created_at"
    fields = ("id", "kind", "name", "description", "is_public", "slow_seconds", "created_by", "created_at")
    readonly_fields = fields
    inlines = (MembershipRows,)

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> tuple[type[MembershipRows], ...]:
        """A channel may have more members than a page can hold; they are found among the memberships."""
        return () if obj and obj.is_channel else (MembershipRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.annotate(count=Count("memberships", distinct=True))

    @admin.display(ordering="count")
    def members(self, conversation: Any) -> int:
        return int(conversation.count)

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        actions.delete_conversation(obj)


@admin.register(Membership)
class MembershipAdmin(LookOnly):
    list_display = ("user", "conversation", "role", "joined_at")
    list_filter = ("role", "conversation__kind", "joined_at")
    list_select_related = ("user", "conversation")
    search_fields = ("user__username", "user__display_name", "conversation__name", "=conversation__id")
    autocomplete_fields = ("user", "conversation")

    actions = ("remove",)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the bare deletion: nobody would be told. It stays permitted, for conversations and users cascade."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        raise PermissionDenied

    @admin.action(description="Remove the selected members from their groups", permissions=["delete"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        staff = staff_of(request)
        try_each(
            request, queryset, lambda row: actions.remove_for_staff(staff, membership=row), done="removed", page=self
        )


@admin.register(Ban)
class BanAdmin(LookOnly):
    """Deleting one lifts it."""

    list_display = ("user", "conversation", "banned_by", "banned_at")
    list_filter = ("banned_at",)
    list_select_related = ("user", "conversation", "banned_by")
    search_fields = ("user__username", "conversation__name", "banned_by__username")
    fields = readonly_fields = ("user", "conversation", "banned_by", "banned_at")


@admin.register(Invitation)
class InvitationAdmin(LookOnly):
    """Without the invite itself: it would let whoever reads it into a private group."""

    list_display = (
        "conversation",
        "invitee",
        "created_by",
        "created_at",
        "expires_at",
        "uses",
        "uses_most",
        "revoked_at",
    )
    list_filter = (("invitee", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("conversation", "invitee", "created_by")
    search_fields = ("=id", "conversation__name", "invitee__username", "created_by__username")
    autocomplete_fields = ("conversation", "invitee", "created_by")
    fields = ("id", *list_display)
    readonly_fields = fields
    actions = ("revoke",)

    @admin.action(description="Revoke the selected invitations", permissions=["delete"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        try_each(request, queryset, actions.revoke_for_staff, done="revoked", page=self)
