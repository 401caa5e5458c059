"""What a stolen token or session can and cannot do: nothing that gives the account away goes without the password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Token, User
from accounts.tokens import MAX_TOKENS, create_token
from tests.accounts.rest import Api, code
from tests.conftest import PASSWORD

PROOF = {"current_password": PASSWORD}
WRONG = {"current_password": "wrong horse battery"}
ASKED = [("patch", "me", {"email": "thief@example.net"}), ("post", "tokens", {"name": "bot"})]


def by_session(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
def test_neither_token_nor_session_is_enough(method: str, path: str, body: Any, alice: User, api: Api) -> None:
    ways = [(api(alice), {"format": "json"}), (by_session(alice), {"content_type": "application/json"})]
    for client, kind in ways:
        for proof, refusal in [({}, "password_needed"), (WRONG, "wrong_password")]:
            answer = getattr(client, method)(f"/api/v1/{path}", {**body, **proof}, **kind)
            assert code(answer) == (403, refusal)
            assert answer.json()["field"] == "current_password"
        assert getattr(client, method)(f"/api/v1/{path}", {**body, **PROOF}, **kind).status_code in (200, 201)


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
def test_a_session_that_confirmed_the_password_need_not_repeat_it(
    method: str, path: str, body: Any, alice: User
) -> None:
    client = by_session(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")
    assert answer.status_code in (200, 201)


def test_a_token_is_never_fresh_whatever_the_session_beside_it(alice: User) -> None:
    client = by_session(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    header = {"Authorization": f"Bearer {Token.objects.create(user=alice)[1]}"}
    answer = client.post("/api/v1/tokens", {"name": "bot"}, content_type="application/json", headers=header)
    assert code(answer) == (403, "password_needed")


def test_one_without_a_password_is_not_taken_for_confirmed(alice: User, api: Api) -> None:
    User.objects.filter(pk=alice.pk).update(password="!unusable")
    client = by_session(User.objects.get(pk=alice.pk))
    answer = client.patch("/api/v1/me", {"email": "thief@example.net"}, content_type="application/json")
    assert code(answer) == (403, "password_needed")


def test_what_gives_nothing_away_needs_no_password(alice: User, api: Api) -> None:
    same = {"display_name": "Al", "email": "ALICE@example.org"}
    assert api(alice).patch("/api/v1/me", same, format="json").status_code == 200


@pytest.mark.parametrize(("days", "status"), [(10, 201), (11, 400), (3650, 400), (None, 201)])
def test_a_token_makes_none_that_outlives_it(days: int | None, status: int, alice: User) -> None:
    maker, secret = create_token(alice, name="short", days=10)
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    asked = {"name": "bot", **PROOF} | ({"days": days} if days else {})
    answer = client.post("/api/v1/tokens", asked, format="json")
    assert answer.status_code == status
    if status == 201:
        assert Token.objects.get(name="bot").expiry == maker.expiry
    else:
        assert answer.json()["field"] == "days"


def test_with_the_password_a_session_makes_a_long_one(alice: User) -> None:
    asked = {"name": "bot", "days": 3650, **PROOF}
    assert by_session(alice).post("/api/v1/tokens", asked, content_type="application/json").status_code == 201
    assert Token.objects.get().expiry > timezone.now() + timedelta(days=3649)


def test_the_101st_token_is_refused_and_the_oldest_stays(alice: User, api: Api) -> None:
    made = [create_token(alice, name=f"t{number}")[0] for number in range(MAX_TOKENS)]
    client = by_session(alice)
    answer = client.post("/api/v1/tokens", {"name": "one more", **PROOF}, content_type="application/json")
    assert code(answer) == (409, "too_many_tokens")
    signing_in = {"username": "alice", "password": PASSWORD}
    assert code(api().post("/api/v1/login", signing_in, format="json")) == (409, "too_many_tokens")
    assert Token.objects.filter(digest=made[0].digest).exists()
    Token.objects.filter(digest=made[5].digest).update(expiry=timezone.now() - timedelta(days=1))
    assert api().post("/api/v1/login", signing_in, format="json").status_code == 200


def test_forty_guesses_find_nothing_out(alice: User, api: Api, settings: Any) -> None:
    """Over every form and endpoint together; even the right one is refused after too many wrong ones."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "password_by_session": "5/hour"}
    client = by_session(alice)
    moved = {"display_name": "A", "email": "new@example.org"}
    client.post("/settings/", {**moved, "password": "wrong-1"})
    client.post("/settings/tokens/", {"name": "x", "days": "30", "password": "wrong-2"})
    client.post("/settings/password/", {"oldpassword": "wrong-3", "password1": "another-horse-8"})
    client.post("/accounts/reauthenticate/", {"password": "wrong-4"})
    client.patch("/api/v1/me", {"email": "new@example.org", **WRONG}, content_type="application/json")
    page = client.post("/settings/", {**moved, "password": PASSWORD})
    assert page.status_code == 200
    assert "Too many tries" in page.text
    answer = client.patch("/api/v1/me", {"email": "new@example.org", **PROOF}, content_type="application/json")
    assert code(answer) == (429, "rate_limited")
    changed = {"old_password": PASSWORD, "new_password": "another horse entirely"}
    answer = client.post("/api/v1/me/password", changed, content_type="application/json")
    assert code(answer) == (429, "rate_limited")
    alice.refresh_from_db()
    assert (alice.email, alice.email_pending) == ("alice@example.org", "")


def test_whoever_guesses_uses_up_nobody_elses_tries(alice: User, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "password_by_session": "2/hour"}
    thief, owner = api(alice), by_session(alice)
    for _ in range(3):
        refused = thief.post("/api/v1/tokens", {"name": "bot", **WRONG}, format="json")
    assert code(refused) == (429, "rate_limited")
    made = owner.post("/api/v1/tokens", {"name": "bot", **PROOF}, content_type="application/json")
    assert made.status_code == 201


@pytest.mark.parametrize(
    "password", [" " * 8, "\u3000" * 12, "\t \u00a0" * 4, "\u2800" * 8, "\u200b\u3164" * 4, "\x1b" * 8]
)
def test_a_password_of_blanks_is_none(password: str, api: Api, db: None) -> None:
    new = {"username": "dora", "email": "dora@example.org", "password": password}
    answer = api().post("/api/v1/signup", new, format="json")
    assert code(answer) == (400, "invalid")
    assert answer.json()["field"] == "password"


def test_signing_out_everywhere_says_that_tokens_stay_and_offers_to_end_them(alice: User) -> None:
    client = by_session(alice)
    create_token(alice, name="script")
    assert "your 1 API token" in client.get("/settings/sessions/").text
    assert "1 API token still works" in client.post("/settings/sessions/end-others/", follow=True).text
    assert Token.objects.count() == 1
    assert "have ended" in client.post("/settings/sessions/end-others/", {"tokens": "1"}, follow=True).text
    assert not Token.objects.exists()


def test_a_token_on_the_page_needs_the_password(alice: User) -> None:
    page = by_session(alice).post("/settings/tokens/", {"name": "script", "days": "30"})
    assert 'id="id_password_error"' in page.text
    assert not Token.objects.exists()


def test_a_user_saved_as_suspended_loses_their_tokens(alice: User) -> None:
    create_token(alice, name="script")
    alice.is_active = False
    alice.save()
    assert not Token.objects.exists()
