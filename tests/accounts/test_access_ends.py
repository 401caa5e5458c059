"""What ends a person's access, by whichever door: pages, REST, the admin, the shell; and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts import actions
from accounts.errors import NotAllowedError
from accounts.models import Token, User
from tests.conftest import PASSWORD

NEW = "another horse entirely"


@pytest.fixture
def elsewhere(alice: User, api: Callable[..., APIClient]) -> list[Any]:
    """Another browser and a program of alice's."""
    browser = Client()
    browser.force_login(alice)
    browser.get("/api/v1/me")
    return [browser, api(alice)]


def statuses(clients: list[Any]) -> list[int]:
    return [client.get("/api/v1/me").status_code for client in clients]


def test_a_new_password_on_the_page_keeps_only_that_browser(alice: User, client: Client, elsewhere: list[Any]) -> None:
    client.force_login(alice)
    client.get("/api/v1/me")
    assert statuses(elsewhere) == [200, 200]
    answer = client.post("/settings/password/", {"oldpassword": PASSWORD, "password1": NEW})
    assert answer.status_code == 302, answer.content
    assert statuses([client, *elsewhere]) == [200, 401, 401]


def test_a_reset_password_ends_everything(alice: User, elsewhere: list[Any], mailoutbox: Any) -> None:
    stranger = Client()
    stranger.post("/accounts/password/reset/", {"email": "alice@example.org"})
    link = next(word for word in mailoutbox[-1].body.split() if "/password/reset/key/" in word)
    form = stranger.get("/" + link.split("/", 3)[3], follow=True).request["PATH_INFO"]
    assert stranger.post(form, {"password1": NEW}).status_code == 302
    assert statuses(elsewhere) == [401, 401]


def test_signing_in_with_an_outdated_hash_ends_nothing(
    alice: User, elsewhere: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MD5PasswordHasher, "must_update", lambda *about: True)
    before = alice.password
    answer = APIClient().post("/api/v1/login", {"username": "alice", "password": PASSWORD}, format="json")
    assert answer.status_code == 200
    alice.refresh_from_db()
    assert alice.password != before
    assert statuses([elsewhere[1]]) == [200]


def test_saving_a_user_without_a_new_password_ends_nothing(alice: User, elsewhere: list[Any], told: Any) -> None:
    with told() as heard:
        alice.save()
    assert heard == []
    assert statuses(elsewhere) == [200, 200]


def test_no_token_comes_back_with_the_restored(alice: User, elsewhere: list[Any], make_user: Any, told: Any) -> None:
    clerk = make_user("clerk", is_staff=True)
    with told() as heard:
        actions.suspend_user(clerk, user=alice)
    assert ("access_revoked", {"user_id": alice.pk, "session_id": None}) in heard
    assert statuses(elsewhere) == [401, 401]
    actions.restore_user(clerk, user=alice)
    assert statuses(elsewhere) == [401, 401]
    assert not Token.objects.exists()


def test_only_staff_suspend(alice: User, bob: User) -> None:
    with pytest.raises(NotAllowedError):
        actions.suspend_user(alice, user=bob)


def test_deleting_a_user_tells_of_them(bob: User, told: Any) -> None:
    user_id = bob.pk
    with told() as heard:
        bob.delete()
    assert ("access_revoked", {"user_id": user_id, "session_id": None}) in heard


def test_nothing_is_told_of_what_was_rolled_back(alice: User, elsewhere: list[Any], told: Any) -> None:
    with told() as heard, transaction.atomic():
        actions.end_access(alice)
        transaction.set_rollback(True)
    assert heard == []
    assert statuses(elsewhere) == [200, 200]
    assert Session.objects.count() == Token.objects.count() == 1
