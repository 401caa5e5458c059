"""Signing up, in and out over REST, and how often one may try."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from tests.accounts.rest import Api, code
from tests.conftest import PASSWORD

SIGNUP = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}


def test_signing_up_gives_a_user_and_a_token_that_works(db: None, api: Api) -> None:
    answer = api().post("/api/v1/signup", SIGNUP, format="json")
    assert answer.status_code == 201
    told = answer.json()
    assert set(told) == {"user", "token"}
    others_see = {"id", "username", "display_name", "created_at", "status"}
    assert set(told["user"]) == others_see | {
        "email",
        "email_pending",
        "status_ends_at",
        "hides_presence",
        "reads_privately",
        "added_by",
        "quiet_hours",
    }
    assert told["user"]["display_name"] == "dora"
    me = APIClient().get("/api/v1/me", headers={"Authorization": f"Bearer {told['token']}"})
    assert me.json() == told["user"]
    assert me["Cache-Control"] == "no-store"


@pytest.mark.parametrize("username", ["Alice", "ALICE", "alice"])
def test_a_username_is_taken_whatever_its_case(alice: User, api: Api, username: str) -> None:
    answer = api().post("/api/v1/signup", {**SIGNUP, "username": username}, format="json")
    assert code(answer) == (409, "username_taken")
    assert answer.json()["field"] == "username"


@pytest.mark.parametrize("username", ["alice", "Alice", "alice@example.org", "ALICE@EXAMPLE.ORG"])
def test_signing_in_by_username_or_address_whatever_the_case(alice: User, api: Api, username: str) -> None:
    answer = api().post("/api/v1/login", {"username": username, "password": PASSWORD}, format="json")
    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == str(alice.pk)


def test_unknown_user_wrong_password_and_suspended_user_look_alike(alice: User, bob: User, api: Api) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    tries = [("alice", "wrong password"), ("nobody-here", PASSWORD), ("bob", PASSWORD)]
    answers = [api().post("/api/v1/login", {"username": u, "password": p}, format="json") for u, p in tries]
    assert {code(answer) for answer in answers} == {(401, "wrong_credentials")}
    assert len({answer.content for answer in answers}) == 1


def test_an_unknown_user_costs_a_hash_too(alice: User, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *a: hashed.append("x") or encode(*a))
    counts = []
    for username in ("alice", "nobody-here"):
        hashed.clear()
        api().post("/api/v1/login", {"username": username, "password": "wrong password"}, format="json")
        counts.append(len(hashed))
    assert counts[0] == counts[1] > 0


def test_the_eleventh_try_at_one_name_from_one_address_waits(alice: User, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_by_username": "10/hour"}
    wrong = {"username": "alice", "password": "wrong password"}
    for n in range(10):
        headers = {"X-Forwarded-For": f"10.0.0.{n}", "X-Real-IP": f"10.0.0.{n}"}
        assert code(api().post("/api/v1/login", wrong, format="json", headers=headers))[0] == 401
    answer = api().post("/api/v1/login", {"username": "ALICE", "password": PASSWORD}, format="json")
    assert code(answer) == (429, "rate_limited")
    assert 1 <= int(answer["Retry-After"]) <= 3600


def test_pages_and_rest_share_the_limit(alice: User, api: Api, settings: Any, client: Client) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_by_username": "2/hour"}
    for _ in range(2):
        client.post("/accounts/login/", {"login": "alice", "password": "wrong password"})
    answer = api().post("/api/v1/login", {"username": "alice", "password": PASSWORD}, format="json")
    assert code(answer) == (429, "rate_limited")


def test_an_address_is_limited_whatever_a_client_writes_of_itself(db: None, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_by_address": "2/hour"}

    def attempt(username: str, address: str, **headers: str) -> int:
        wrong = {"username": username, "password": "wrong password"}
        answer = api().post("/api/v1/login", wrong, format="json", headers=headers, REMOTE_ADDR=address)
        return int(answer.status_code)

    for n in range(2):
        assert attempt(f"user{n}", "192.0.2.1") == 401
    spoofed = {"X-Real-IP": "198.51.100.7", "X-Forwarded-For": "198.51.100.7"}
    assert attempt("user3", "192.0.2.1", **spoofed) == 429
    assert attempt("user4", "192.0.2.2") == 401


def test_without_a_proxy_its_header_means_nothing_and_loopback_is_free(db: None, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "signup_by_address": "1/hour"}
    for n in range(3):
        new = {**SIGNUP, "username": f"dora{n}", "email": f"dora{n}@example.org"}
        answer = api().post("/api/v1/signup", new, format="json", headers={"X-Real-IP": "192.0.2.1"})
        assert answer.status_code == 201
    for n, status in enumerate([201, 429]):
        new = {**SIGNUP, "username": f"far{n}", "email": f"far{n}@example.org"}
        answer = api().post("/api/v1/signup", new, format="json", REMOTE_ADDR="192.0.2.9")
        assert answer.status_code == status


def test_a_user_is_limited_over_all_requests(alice: User, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api_by_user": "2/hour"}
    client = api(alice)
    assert [client.get("/api/v1/me").status_code for _ in range(3)] == [200, 200, 429]


def test_logging_out_ends_this_token_only(alice: User, api: Api, told: Any) -> None:
    one, other = api(alice), api(alice)
    with told() as heard:
        assert one.post("/api/v1/logout").status_code == 204
    assert code(one.get("/api/v1/me")) == (401, "invalid_token")
    assert other.get("/api/v1/me").status_code == 200
    assert len(heard) == 1
    assert heard[0][1]["session_id"].startswith("token:")
    assert heard[0][1]["user_id"] is None


def test_logging_out_of_a_session_says_which(alice: User, client: Client, told: Any) -> None:
    client.force_login(alice)
    key = client.session.session_key
    with told() as heard:
        assert client.post("/api/v1/logout").status_code == 204
    assert ("access_revoked", {"user_id": None, "session_id": f"session:{key}"}) in heard
    assert code(client.get("/api/v1/me")) == (401, "not_authenticated")


def test_a_session_needs_its_csrf_token_to_change_anything(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.patch("/api/v1/me", {"display_name": "Mallory"}, "application/json")
    assert code(answer) == (403, "not_allowed")
    alice.refresh_from_db()
    assert alice.display_name == "Alice Archer"
    client.get("/accounts/password/reset/")
    token = client.cookies["csrftoken"].value
    answer = client.patch("/api/v1/me", {"display_name": "Alice B"}, "application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 200
