"""One's own account over REST: profile, password, tokens, sessions."""

from __future__ import annotations

from typing import Any

from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Token, User
from tests.accounts.rest import Api, code
from tests.conftest import PASSWORD

PROOF = {"current_password": PASSWORD}


def test_changing_oneself(alice: User, api: Api) -> None:
    me = (
        api(alice)
        .patch("/api/v1/me", {"display_name": " Al ", "email": "al@example.org", **PROOF}, format="json")
        .json()
    )
    assert (me["display_name"], me["email"], me["email_pending"]) == ("Al", "alice@example.org", "al@example.org")
    assert api(alice).patch("/api/v1/me", {"display_name": ""}, format="json").json()["display_name"] == "alice"


def test_a_new_password_by_token_ends_everything_but_that_token(
    alice: User, api: Api, client: Client, told: Any
) -> None:
    kept, ended = api(alice), api(alice)
    client.force_login(alice)
    client.get("/api/v1/me")
    new = {"old_password": PASSWORD, "new_password": "another horse entirely"}
    with told() as heard:
        assert kept.post("/api/v1/me/password", new, format="json").status_code == 204
    assert kept.get("/api/v1/me").status_code == 200
    assert ended.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me").status_code == 401
    assert sorted(about["session_id"].split(":")[0] for _, about in heard) == ["session", "token"]


def test_a_new_password_by_session_keeps_that_session(alice: User, api: Api, client: Client) -> None:
    other = Client()
    for one in (client, other):
        one.force_login(alice)
        one.get("/api/v1/me")
    token = api(alice)
    new = {"old_password": PASSWORD, "new_password": "another horse entirely"}
    assert client.post("/api/v1/me/password", new, "application/json").status_code == 204
    assert client.get("/api/v1/me").status_code == 200
    assert other.get("/api/v1/me").status_code == 401
    assert token.get("/api/v1/me").status_code == 401


def test_a_new_password_needs_the_old_one(alice: User, api: Api) -> None:
    new = {"old_password": "wrong password", "new_password": "another horse entirely"}
    answer = api(alice).post("/api/v1/me/password", new, format="json")
    assert code(answer) == (403, "wrong_password")
    assert answer.json()["field"] == "old_password"


def test_a_password_set_anywhere_ends_sessions_and_tokens(alice: User, api: Api, client: Client, told: Any) -> None:
    token = api(alice)
    client.force_login(alice)
    client.get("/api/v1/me")
    alice.set_password("another horse entirely")
    with told() as heard:
        alice.save()
    assert token.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me").status_code == 401
    assert len(heard) == 2


def test_tokens_are_named_and_shown_once(alice: User, api: Api) -> None:
    client = api(alice)
    made = client.post("/api/v1/tokens", {"name": "bot", "days": 7, **PROOF}, format="json")
    assert made.status_code == 201
    secret = made.json()["token"]
    listed = client.get("/api/v1/tokens").json()["results"]
    assert [token["name"] for token in listed] == ["bot", ""]
    assert [token["current"] for token in listed] == [False, True]
    assert secret not in str(listed)
    assert APIClient().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert client.delete(f"/api/v1/tokens/{made.json()['id']}").status_code == 204
    assert APIClient().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_an_expired_token_is_none(alice: User, api: Api) -> None:
    client = api(alice)
    Token.objects.update(expiry="2020-01-01T00:00:00Z")
    assert code(client.get("/api/v1/me")) == (401, "invalid_token")


def test_sessions_are_listed_without_their_keys_and_ended(alice: User, client: Client, told: Any) -> None:
    other = Client()
    for one in (client, other):
        one.force_login(alice)
        one.get("/api/v1/me")
    ended = other.session.session_key
    keys = {client.session.session_key, ended}
    listed = client.get("/api/v1/sessions").json()["results"]
    assert sorted(session["current"] for session in listed) == [False, True]
    assert not any(key in str(listed) for key in keys)
    theirs = next(session["id"] for session in listed if not session["current"])
    with told() as heard:
        assert client.delete(f"/api/v1/sessions/{theirs}").status_code == 204
    assert (
        heard == [("access_revoked", {"user_id": None, "session_id": f"session:{other.session.session_key}"})]
        or len(heard) == 1
    )
    assert other.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me").status_code == 200
