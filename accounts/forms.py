"""The forms of accounts' pages. They say what may be typed; the verbs decide what may be done."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from accounts import rules
from accounts.actions import TOKEN_NAME_CHARACTERS, change_profile
from accounts.errors import RefusalError, UsernameTakenError
from accounts.models import DISPLAY_NAME_CHARACTERS, User

PASSWORD_HINT = "At least 8 characters. Long and odd beats short and clever."
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
        _say(self, "email", "Email", "To sign in with, and to get a new password. Nobody else sees it.")
        _say(self, "password1", "Password", PASSWORD_HINT)

    def clean_display_name(self) -> str:
        try:
            return rules.clean_display_name(self.cleaned_data["display_name"])
        except RefusalError as refusal:
            raise forms.ValidationError(refusal.message) from None

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Two may ask for one name at once: the later one hears of it as if the earlier one had been first."""
        try:
            with transaction.atomic():
                return super().try_save(request)  # type: ignore[no-any-return]
        except IntegrityError:
            self.add_error("username", UsernameTakenError.message)
            shown = {"form": self, "login_url": reverse("account_login")}
            return None, render(request, "account/signup.html", shown)

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        change_profile(user, display_name=self.cleaned_data["display_name"])


class PasswordChangeForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        _say(self, "oldpassword", "Your password now")
        _say(self, "password1", "New password", PASSWORD_HINT)


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


class SearchForm(forms.Form):
    """A search box; what cannot be searched for finds everything."""

    q = forms.CharField(required=False, max_length=100)

    @classmethod
    def text_of(cls, data: Any) -> str:
        form = cls(data)
        return str(form.cleaned_data["q"]) if form.is_valid() else ""


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
        help_text="Only you see it. A new password is sent here when you need one.",
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

    def __init__(self, data: QueryDict | None, *, user: User) -> None:
        super().__init__(data, initial={"display_name": user.display_name, "email": user.email})
        self.user = user

    def clean(self) -> dict[str, Any]:
        moved = self.cleaned_data.get("email", "").lower() != self.user.email.lower()
        if "email" in self.cleaned_data and moved and not self.user.check_password(self.cleaned_data["password"]):
            self.add_error("password", "Type your password to change the email address.")
        return self.cleaned_data


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
