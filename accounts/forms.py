"""The forms of accounts' pages. They say what may be typed; the verbs decide what may be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.core import context
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import get_fixed_timezone as fixed_timezone

from accounts import names, rules
from accounts.actions import clear_quiet_hours, set_quiet_hours, sign_up
from accounts.confirmations import confirmed_address, confirms
from accounts.emails import is_another_address
from accounts.errors import RefusalError
from accounts.models import DISPLAY_NAME_CHARACTERS, STATUS_CHARACTERS, AddedBy, User
from accounts.passwords import confirm_identity, confirm_password
from accounts.policy import Additions, SitePolicy
from accounts.registration import confirmation_of
from accounts.tokens import TOKEN_NAME_CHARACTERS
from accounts.zones import zone_names

LASTS = {
    "keep": "until",
    "always": "until I change it",
    "hour": "an hour",
    "today": "today",
    "week": "this week",
}
PASSWORD_HINT = "At least 8 characters. Long and odd beats short and clever."
EMAIL_HINT = "We send a link there. Once you open it, you sign in with the address too. Nobody else sees it."
PLAIN_TYPING = {"autocapitalize": "none", "spellcheck": "false"}


def _say(form: forms.BaseForm, name: str, label: str, hint: str = "", **attributes: str) -> None:
    """Our words for a field of allauth's, which repeats its label as a placeholder."""
    field = form.fields[name]
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attributes)


class SignInForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "login", "Username or email", autocomplete="username", **PLAIN_TYPING)
        _say(self, "password", "Password")


class SignUpForm(allauth_forms.SignupForm):
    display_name = forms.CharField(
        label="Display name",
        max_length=DISPLAY_NAME_CHARACTERS,
        required=False,
        help_text="What others see. You can change it at any time.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "username", "Username", "Letters, digits, dots, dashes and underscores.", **PLAIN_TYPING)
        _say(self, "email", "Email", EMAIL_HINT)
        _say(self, "password1", "Password", PASSWORD_HINT)
        self.confirmation = confirmation_of(context.request) if context.request else ""
        if email := confirmed_address(self.confirmation):
            self.fields["email"].initial = email
            self.fields["email"].widget.attrs["readonly"] = True

    def clean_display_name(self) -> str:
        try:
            return names.clean_display_name(self.cleaned_data["display_name"])
        except RefusalError as refusal:
            raise forms.ValidationError(refusal.message) from None

    def validate_unique_email(self, value: str) -> str:
        """Whoever typed it has not shown yet that it is theirs, so it can be no one's and is said to be no one's."""
        return value

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Two may ask for one name at once: the later one is refused as if the earlier had been first."""
        try:
            return self.save(request), None
        except RefusalError as refusal:
            field = "password1" if refusal.field == "password" else refusal.field
            self.add_error(field if field in self.fields else None, refusal.message)
            shown = {"form": self, "login_url": reverse("account_login")}
            return None, render(request, "account/signup.html", shown)

    def save(self, request: HttpRequest) -> User:
        given = self.cleaned_data
        user = sign_up(
            username=given["username"],
            email=given["email"],
            password=given["password1"],
            display_name=given["display_name"],
            is_email_confirmed=confirms(self.confirmation, given["email"]),
        )
        if user.email_links:
            messages.success(request, f"We sent a link to {user.email_pending}. Open it to confirm your address.")
        return user


class PasswordChangeForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        _say(self, "oldpassword", "Your password now")
        _say(self, "password1", "New password", PASSWORD_HINT)

    def clean_oldpassword(self) -> str:
        return _confirmed(self.user, self.cleaned_data["oldpassword"])


class PasswordResetForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "email", "Email")


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        _say(self, "password1", "New password", PASSWORD_HINT)


class ConfirmPasswordForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "password", "Password")

    def clean_password(self) -> str:
        return _confirmed(self.user, self.cleaned_data["password"])


def _confirmed(user: User, password: str) -> str:
    """For allauth's forms, which do not know their request."""
    request = context.request
    assert request is not None
    try:
        confirm_password(user, password, request=request)
    except RefusalError as refusal:
        raise forms.ValidationError(refusal.message) from None
    return password


class SearchForm(forms.Form):
    """A search box; what cannot be searched for finds everything."""

    q = forms.CharField(required=False, max_length=100)

    @classmethod
    def text_of(cls, data: Any) -> str:
        form = cls(data)
        return rules.composed(form.cleaned_data["q"]) if form.is_valid() else ""


class NicknameForm(forms.Form):
    nickname = forms.CharField(required=False, max_length=DISPLAY_NAME_CHARACTERS)


class ProfileForm(forms.Form):
    """A new address opens the account by a password reset, so it takes the password."""

    display_name = forms.CharField(
        required=False,
        max_length=DISPLAY_NAME_CHARACTERS,
        help_text="What others see. Empty, they see your username.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    email = forms.EmailField(
        max_length=254,
        help_text="Only you see it. A new password is sent here when you need one. Another address counts once you "
        "have opened the link that we send there.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        max_length=256,
        help_text="Only needed to change your email address.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, data: QueryDict | None, *, request: HttpRequest, user: User) -> None:
        super().__init__(data, initial={"display_name": user.display_name, "email": user.email})
        self.request, self.user = request, user
        self.fields["email"].required = bool(user.email)

    @property
    def new_email(self) -> str | None:
        email: str = self.cleaned_data["email"]
        return email if email and is_another_address(self.user, email) else None

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "email" in given and self.new_email:
            _confirm(self, self.user, given.get("password", ""), self.request)
        return given


def _confirm(form: forms.Form, user: User, password: str, request: HttpRequest) -> None:
    """Put beside the form's password field why it proves nothing."""
    try:
        confirm_identity(user, password, request=request)
    except RefusalError as refusal:
        form.add_error("password", refusal.message)


FLAGS = ("hides_presence", "reads_privately")


class StatusForm(forms.Form):
    """What one does now and for how long, in the zone of whoever fills it in, and whether one can be seen at all."""

    status = forms.CharField(
        label="What you do now",
        required=False,
        max_length=STATUS_CHARACTERS,
        help_text="Everybody can read it. Empty, there is none.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    lasts = forms.ChoiceField(
        label="How long", choices=[(name, words) for name, words in LASTS.items() if name != "keep"]
    )
    hides_presence = forms.BooleanField(
        label="Hide whether you are here",
        required=False,
        help_text="You look offline to everybody, and everybody looks offline to you.",
    )
    reads_privately = forms.BooleanField(
        label="Read privately",
        required=False,
        help_text="Nobody sees how far you have read, and you do not see it of others.",
    )
    # Minutes that local time is behind UTC, as a script fills it in; without one the server's zone counts.
    zone = forms.IntegerField(required=False, min_value=-14 * 60, max_value=12 * 60, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, user: User) -> None:
        self.ends_at = user.status_ends_at if user.current_status else None
        now = {"status": user.current_status} | {name: getattr(user, name) for name in FLAGS}
        super().__init__(data, initial={**now, "lasts": "keep" if self.ends_at else "always"})
        if self.ends_at:
            words = f"{LASTS['keep']} {date_format(timezone.localtime(self.ends_at), 'j M H:i e')}"
            self.fields["lasts"].widget.attrs["data-until"] = self.ends_at.isoformat()
            self.fields["lasts"].choices = [("keep", words), *self.fields["lasts"].choices]  # type: ignore[attr-defined]

    def profile(self) -> dict[str, Any]:
        """What `change_profile` takes."""
        asked = self.cleaned_data
        ends_at = self._end(asked["lasts"], asked["zone"] or 0) if asked["status"] else None
        return {"status": asked["status"], "status_ends_at": ends_at, **{name: asked[name] for name in FLAGS}}

    def _end(self, lasts: str, zone: int) -> datetime | None:
        here = timezone.now().astimezone(fixed_timezone(-zone))
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
        ends = {
            "keep": self.ends_at,
            "hour": here + timedelta(hours=1),
            "today": midnight + timedelta(days=1),
            "week": midnight + timedelta(days=7 - here.weekday()),
        }
        return ends.get(lasts)


class PrivacyForm(forms.Form):
    added_by = forms.ChoiceField(label="Who may add you to groups without asking", choices=AddedBy.choices)

    def __init__(self, data: QueryDict | None, *, user: User) -> None:
        """Of what the site does not allow nobody is offered the choice."""
        added_by = user.added_by
        allowed = AddedBy.choices
        if SitePolicy.current().additions == Additions.CONTACTS:
            allowed = [(value, words) for value, words in allowed if value != AddedBy.GROUPS]
            added_by = AddedBy.CONTACTS if added_by == AddedBy.GROUPS else added_by
        super().__init__(data, initial={"added_by": added_by})
        self.fields["added_by"].choices = allowed  # type: ignore[attr-defined]


CLOCK = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class QuietHoursForm(forms.Form):
    is_on = forms.BooleanField(
        label="Quiet hours", required=False, help_text="No sound, no notification and no number in the title then."
    )
    begins = forms.TimeField(label="From", required=False, widget=CLOCK, initial="22:00")
    ends = forms.TimeField(label="To", required=False, widget=CLOCK, initial="07:00")
    time_zone = forms.ChoiceField(label="Time zone", required=False, help_text="Where these hours are told.")

    def __init__(self, data: QueryDict | None, *, user: User) -> None:
        known = user.time_zone if user.time_zone in zone_names() else ""
        now: dict[str, Any] = {"is_on": user.quiet_hours is not None, "time_zone": known or "UTC"}
        if user.quiet_hours:
            now |= {"begins": user.quiet_from, "ends": user.quiet_to}
        super().__init__(data, initial=now)
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [(name, name.replace("_", " ")) for name in sorted(zone_names())]
        if not known:
            zone.widget.attrs["data-guess"] = "time-zone"

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("is_on"):
            for name in ("begins", "ends", "time_zone"):
                if name not in self.errors and not self.cleaned_data.get(name):
                    self.add_error(name, "This is needed for quiet hours.")
        return self.cleaned_data

    def keep(self, user: User) -> None:
        asked = self.cleaned_data
        if not asked["is_on"]:
            clear_quiet_hours(user)
            return
        set_quiet_hours(user, begins=asked["begins"], ends=asked["ends"], time_zone=asked["time_zone"])


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=TOKEN_NAME_CHARACTERS,
        help_text="So that you know later what it was for.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    days = forms.TypedChoiceField(
        label="Ends after",
        coerce=int,
        choices=[(7, "a week"), (30, "30 days"), (90, "90 days"), (365, "a year")],
        initial=90,
    )
    password = forms.CharField(
        label="Your password",
        strip=False,
        required=False,
        max_length=256,
        help_text="A token can do what you can, so we ask again that it is you.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, data: QueryDict | None, *, request: HttpRequest, user: User) -> None:
        super().__init__(data)
        self.request, self.user = request, user

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            _confirm(self, self.user, self.cleaned_data["password"], self.request)
        return self.cleaned_data

    def wanted(self) -> dict[str, Any]:
        """What `create_token` takes."""
        return {"name": self.cleaned_data["name"], "days": self.cleaned_data["days"]}
