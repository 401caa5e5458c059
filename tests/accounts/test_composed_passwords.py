"""A password is the same whichever keyboard wrote it, and one from before that goes on opening its account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, check_password, make_password
from django.core import mail
from django.test import Client
from rest_framework.test import APIClient

from accounts.hashers import composed
from accounts.models import User

Api = Callable[..., APIClient]
# One password each, as a Mac, a phone with an input method and another system write it.
WAYS = [
    ("cre\u0300me bru\u0302le\u0301e", "cr\u00e8me br\u00fbl\u00e9e"),
    ("of\ufb01ce chairs", "office chairs"),
    ("\uff50\uff41\uff53\uff53 \uff17\uff18\uff19 \uff58", "pass 789 x"),
    ("\u212bngstro\u0308m unit", "\u00c5ngstr\u00f6m unit"),
    (
        "\ud55c\uae00 \ube44\ubc00\ubc88\ud638 1234",
        "\u1112\u1161\u11ab\u1100\u1173\u11af \ube44\ubc00\ubc88\ud638 1234",
    ),
]


def opens(api: Api, password: str) -> bool:
    answer = api().post("/api/v1/login", {"username": "newcomer", "password": password}, format="json")
    return bool(answer.status_code == 200)


def signs_in(password: str) -> bool:
    answer = Client().post("/accounts/login/", {"login": "newcomer", "password": password})
    return bool(answer.status_code == 302)


@pytest.mark.parametrize(("one", "other"), [*WAYS, *(pair[::-1] for pair in WAYS)])
@pytest.mark.django_db
def test_either_way_opens_the_account(one: str, other: str, api: Api) -> None:
    body = {"username": "newcomer", "email": "new@example.org", "password": one}
    assert api().post("/api/v1/signup", body, format="json").status_code == 201
    assert opens(api, other)
    assert signs_in(other)
    user = User.objects.get(username="newcomer")
    changed = api(user).post("/api/v1/me/password", {"old_password": other, "new_password": f"{other}!"}, format="json")
    assert changed.status_code == 204
    assert opens(api, f"{one}!")
    assert not opens(api, other)


@pytest.mark.parametrize(("one", "other"), WAYS)
def test_a_password_from_before_goes_on_working_and_then_works_either_way(
    one: str, other: str, make_user: Any, api: Api
) -> None:
    user = make_user("newcomer")
    assert not check_password(one, make_password(other))
    for way in (opens, lambda api, password: signs_in(password)):
        User.objects.filter(pk=user.pk).update(password=make_password(one))
        assert way(api, one)
        assert opens(api, other)
        assert signs_in(one)
        user.refresh_from_db()
        assert check_password(composed(one), user.password)


def test_a_confirmation_in_a_session_does_not_end_it(make_user: Any) -> None:
    one = WAYS[0][0]
    user, browser = make_user("newcomer"), Client()
    User.objects.filter(pk=user.pk).update(password=make_password(one))
    user.refresh_from_db()
    browser.force_login(user)
    assert browser.post("/accounts/reauthenticate/", {"password": one}).status_code == 302
    assert browser.get("/settings/").status_code == 200


@pytest.mark.parametrize(("one", "other"), WAYS[:2])
def test_every_way_of_setting_one(one: str, other: str, make_user: Any, api: Api) -> None:
    """A reset by mail, a form of the admin and a command."""
    user = make_user("newcomer", password=one)
    assert opens(api, other)
    boss, admin = make_user("boss", is_staff=True, is_superuser=True), Client()
    admin.force_login(boss)
    form = {"password1": f"{one} 2", "password2": f"{one} 2", "usable_password": "true"}
    assert admin.post(f"/admin/accounts/user/{user.pk}/password/", form).status_code == 302
    assert opens(api, f"{other} 2")
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": user.email})
    link = next(word for word in mail.outbox[0].body.split() if "/reset/key/" in word)
    page = browser.get("/" + link.split("/", 3)[3])
    assert browser.post(page["Location"], {"password1": f"{one} 3"}).status_code == 302
    assert opens(api, f"{other} 3")


@pytest.mark.django_db
def test_nobody_is_checked_as_long_as_somebody(make_user: Any, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown user must not answer sooner, whatever way the password is written."""
    make_user("newcomer")
    made: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        "django.contrib.auth.hashers.MD5PasswordHasher.encode",
        lambda self, password, salt: made.append(password) or encode(self, password, salt),
    )
    for password in (WAYS[0][0], "plain password"):
        counts = []
        for username in ("newcomer", "nobody"):
            made.clear()
            answer = api().post("/api/v1/login", {"username": username, "password": password}, format="json")
            assert answer.status_code == 401
            counts.append(len(made))
        assert counts[0] == counts[1]
