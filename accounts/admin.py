"""Users, contacts, blocks, tokens and sessions for staff. What changes anything goes through the verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.admin import EmailAddress
from allauth.account.decorators import secure_admin_login
from allauth.usersessions.admin import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect

from . import actions, names, pending_email, rules
from .emails import match_sign_in_address
from .errors import RefusalError
from .models import Block, Contact, Token, User
from .policy import POLICY_ID, SitePolicy

# Signing in to the admin counts against the same limits as everywhere.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Parley"
admin.site.unregister([EmailAddress, UserSession])


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Rows that are made and changed elsewhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """One by one, so that each goes through delete_model."""
        for row in queryset:
            self.delete_model(request, row)


def try_each(
    request: HttpRequest, rows: QuerySet[Any], verb: Callable[[Any], object], *, done: str, page: admin.ModelAdmin[Any]
) -> None:
    """Runs the verb on each row and says how many it was done to and why not to the others."""
    count = 0
    for row in rows:
        try:
            verb(row)
            count += 1
        except RefusalError as error:
            page.message_user(request, f"{row}: {error.message}", messages.ERROR)
    if count:
        page.message_user(request, f"{count} {done}.", messages.SUCCESS)


class NamesForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Staff give no name either that imitates one; one that somebody has already stays possible."""

    def _person(self) -> User | None:
        return None if self.instance._state.adding else User.objects.get(pk=self.instance.pk)

    def clean_username(self) -> str:
        return self._clean(names.clean_username, "username")

    def clean_display_name(self) -> str:
        return self._clean(names.clean_display_name, "display_name")

    def _clean(self, rule: Callable[..., str], field: str) -> str:
        try:
            return rule(self.cleaned_data[field], user=self._person())
        except RefusalError as refusal:
            raise ValidationError(refusal.message) from None


class NewUserForm(NamesForm, AdminUserCreationForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    pass


class UserForm(NamesForm, UserChangeForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    def clean_status(self) -> str:
        try:
            return rules.clean_status(self.cleaned_data["status"])
        except RefusalError as refusal:
            raise ValidationError(refusal.message) from None


@admin.register(User)
class ParleyUserAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = (
        *("username", "display_name", "email", "email_pending"),
        *("is_active", "is_staff", "date_joined", "last_login"),
    )
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined", "last_login")
    search_fields = ("username", "display_name", "email", "email_pending")
    ordering = ("username",)
    date_hierarchy = "date_joined"
    readonly_fields = ("id", "email_pending", "is_active", "date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("id", "username", "display_name", "email", "email_pending", "password")}),
        ("Seen by others", {"fields": actions.APPEARANCE}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("When", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "display_name", "password1", "password2")}),)
    actions = ("suspend", "restore", "confirm_email")
    form = UserForm
    add_form = NewUserForm

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Somebody else may be given such a name while this one is stored."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except RefusalError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """What staff write is confirmed by that, and ends what waited to take its place."""
        if "email" in form.changed_data:
            obj.email_pending = ""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            match_sign_in_address(obj)
        if renamed := {"username", "display_name"} & set(form.changed_data):
            names.settle_names(obj, *renamed)
        if set(actions.APPEARANCE) & set(form.changed_data):
            actions.announce_appearance(obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser hands out power; is_active changes by the actions, which close the sockets too."""
        power = () if _is_superuser(request) else ("is_staff", "is_superuser", "groups", "user_permissions")
        return (*self.readonly_fields, *power)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    @admin.action(description="Suspend the selected users", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        staff = staff_of(request)
        try_each(request, queryset, lambda user: actions.suspend_user(staff, user=user), done="suspended", page=self)

    @admin.action(description="Restore the selected users", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        staff = staff_of(request)
        try_each(request, queryset, lambda user: actions.restore_user(staff, user=user), done="restored", page=self)

    @admin.action(description="Confirm the pending e-mail address of the selected users", permissions=["change"])
    def confirm_email(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For a server without mail, and for people whom staff know."""
        staff, done = staff_of(request), "confirmed"
        try_each(request, queryset, lambda user: pending_email.confirm_by_hand(staff, user=user), done=done, page=self)


def staff_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _is_superuser(request: HttpRequest) -> bool:
    return staff_of(request).is_superuser


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    """Staff who are no superusers could otherwise take over those who are."""
    return user is None or not user.is_superuser or _is_superuser(request)


@admin.register(SitePolicy)
class SitePolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    """The one row. The first to save it makes it, from what the settings say."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not SitePolicy.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: SitePolicy | None = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        now = SitePolicy.current()
        return {name: getattr(now, name) for name in ("registration", "domains", "directory", "additions")}

    def save_model(self, request: HttpRequest, obj: SitePolicy, form: Any, change: bool) -> None:
        obj.pk = POLICY_ID
        obj.save()


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    list_display = ("owner", "contact", "nickname", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("owner", "contact")
    search_fields = ("owner__username", "contact__username", "contact__display_name", "nickname")
    autocomplete_fields = ("owner", "contact")

    def get_readonly_fields(self, request: HttpRequest, obj: Contact | None = None) -> Any:
        return ("owner", "contact", "created_at") if obj else ()

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        obj.pk = actions.add_contact(obj.owner, contact=obj.contact, nickname=obj.nickname)[0].pk


@admin.register(Block)
class BlockAdmin(LookOnly):
    list_display = ("blocker", "blocked", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("blocker", "blocked")
    search_fields = ("blocker__username", "blocked__username")
    autocomplete_fields = ("blocker", "blocked")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def save_model(self, request: HttpRequest, obj: Block, form: Any, change: bool) -> None:
        obj.pk = actions.block_user(obj.blocker, blocked=obj.blocked)[0].pk

    def delete_model(self, request: HttpRequest, obj: Block) -> None:
        actions.unblock_user(obj.blocker, blocked=obj.blocked)


@admin.register(Token)
class TokenAdmin(LookOnly):
    """No secret and no digest: only whose they are and how long they last."""

    list_display = ("name", "user", "created", "expiry")
    list_display_links = None
    list_filter = ("created", "expiry")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    fields = ("name", "user", "created", "expiry")


@admin.register(UserSession)
class SessionAdmin(LookOnly):
    """Where people are signed in by a page. Deleting one signs that browser out."""

    list_display = ("user", "ip", "user_agent", "created_at", "last_seen_at")
    list_filter = ("created_at", "last_seen_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "ip", "user_agent")
    fields = ("user", "ip", "user_agent", "created_at", "last_seen_at")

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        obj.end()
