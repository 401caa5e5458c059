"""Signing up, in and out over REST, one's own account, contacts and blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Block, Contact, Token, User
from tests.conftest import PASSWORD

Api = Callable[..., APIClient]
SIGNUP = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}


def code(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_signing_up_gives_a_user_and_a_token_that_works(db: None, api: Api) -> None:
    answer = api().post("/api/v1/signup", SIGNUP, format="json")
    assert answer.status_code == 201
    told = answer.json()
    assert set(told) == {"user", "token"}
    others_see = {"id", "username", "display_name", "created_at", "status"}
    assert set(told["user"]) == others_see | {
        "email",
        "status_ends_at",
        "hides_presence",
        "reads_privately",
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


def test_an_email_address_is_taken_whatever_its_case(alice: User, api: Api) -> None:
    answer = api().post("/api/v1/signup", {**SIGNUP, "email": "ALICE@example.org"}, format="json")
    assert code(answer) == (409, "email_taken")


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


def test_the_eleventh_try_at_one_name_waits_whoever_tries(alice: User, api: Api, settings: Any) -> None:
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


def test_an_address_is_limited_by_what_the_proxy_says(db: None, api: Api, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_by_address": "2/hour"}

    def attempt(username: str, **headers: str) -> int:
        wrong = {"username": username, "password": "wrong password"}
        return int(api().post("/api/v1/login", wrong, format="json", headers=headers).status_code)

    for n in range(2):
        assert attempt(f"user{n}", **{"X-Real-IP": "192.0.2.1"}) == 401
    assert attempt("user3", **{"X-Real-IP": "192.0.2.1", "X-Forwarded-For": "198.51.100.7"}) == 429
    assert attempt("user4", **{"X-Real-IP": "192.0.2.2"}) == 401


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


def test_changing_oneself(alice: User, api: Api) -> None:
    answer = api(alice).patch("/api/v1/me", {"display_name": " Al ", "email": "al@example.org"}, format="json")
    assert (answer.json()["display_name"], answer.json()["email"]) == ("Al", "al@example.org")
    assert api(alice).patch("/api/v1/me", {"display_name": ""}, format="json").json()["display_name"] == "alice"


def test_another_users_address_cannot_be_taken(alice: User, bob: User, api: Api) -> None:
    answer = api(alice).patch("/api/v1/me", {"email": "Bob@example.org"}, format="json")
    assert code(answer) == (409, "email_taken")


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
    made = client.post("/api/v1/tokens", {"name": "bot", "days": 7}, format="json")
    assert made.status_code == 201
    secret = made.json()["token"]
    listed = client.get("/api/v1/tokens").json()["results"]
    assert [token["name"] for token in listed] == ["bot", ""]
    assert [token["current"] for token in listed] == [False, True]
    assert secret not in str(listed)
    assert APIClient().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert client.delete(f"/api/v1/tokens/{made.json()['id']}").status_code == 204
    assert APIClient().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_the_oldest_token_gives_way(alice: User, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.actions.TOKENS_MOST", 3)
    for n in range(5):
        made = api().post(
            "/api/v1/login", {"username": "alice", "password": PASSWORD, "token_name": f"t{n}"}, format="json"
        )
        assert made.status_code == 200
    assert sorted(Token.objects.values_list("name", flat=True)) == ["t2", "t3", "t4"]


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


def test_contacts_are_put_listed_and_removed(alice: User, bob: User, api: Api) -> None:
    client = api(alice)
    mine = f"/api/v1/users/{alice.pk}/contacts"
    assert client.put(f"{mine}/{bob.pk}").status_code == 201
    answer = client.put(f"{mine}/{bob.pk}", {"nickname": "Bobby"}, format="json")
    assert (answer.status_code, answer.json()["nickname"]) == (200, "Bobby")
    listed = client.get(mine).json()
    assert listed["next"] is None
    assert [row["user"]["username"] for row in listed["results"]] == ["bob"]
    assert client.get(f"{mine}/{bob.pk}").json()["nickname"] == "Bobby"
    assert client.delete(f"{mine}/{bob.pk}").status_code == 204
    assert code(client.delete(f"{mine}/{bob.pk}")) == (404, "not_found")


def test_nobody_is_their_own_contact_or_block(alice: User, api: Api) -> None:
    for kind, field in [("contacts", "contact_id"), ("blocks", "blocked_id")]:
        answer = api(alice).put(f"/api/v1/users/{alice.pk}/{kind}/{alice.pk}")
        assert code(answer) == (400, "invalid")
        assert answer.json()["field"] == field


def test_blocks_are_put_announced_and_lifted(alice: User, bob: User, api: Api, told: Any) -> None:
    client = api(alice)
    mine = f"/api/v1/users/{alice.pk}/blocks"
    with told() as heard:
        assert [client.put(f"{mine}/{bob.pk}").status_code for _ in range(2)] == [201, 200]
        assert client.delete(f"{mine}/{bob.pk}").status_code == 204
    assert {name for name, _ in heard} == {"blocks_changed"}
    assert heard[0][1] == {"user_ids": (alice.pk, bob.pk)}
    assert not Block.objects.exists()


@pytest.mark.parametrize("kind", ["contacts", "blocks"])
def test_others_contacts_and_blocks_are_not_there(alice: User, bob: User, carol: User, api: Api, kind: str) -> None:
    Contact.objects.create(owner=alice, contact=bob)
    Block.objects.create(blocker=alice, blocked=bob)
    theirs = f"/api/v1/users/{alice.pk}/{kind}"
    for path in (theirs, f"{theirs}/{bob.pk}"):
        assert code(api(carol).get(path)) == (404, "not_found")
    assert code(api(carol).put(f"{theirs}/{bob.pk}")) == (404, "not_found")
    assert code(api(carol).delete(f"{theirs}/{bob.pk}")) == (404, "not_found")
    assert code(api(carol).get(f"/api/v1/users/{bob.pk}/{kind}")) == (404, "not_found")


def test_people_are_found_by_either_name(alice: User, bob: User, api: Api) -> None:
    def found(search: str) -> list[str]:
        answer = api(bob).get("/api/v1/users", {"search": search}).json()
        return [user["username"] for user in answer["results"]]

    assert found("ARCH") == ["alice"]
    assert found("bo") == ["bob"]
    assert found("%") == []
    assert found("") == ["alice", "bob"]


def test_a_suspended_user_is_not_found_but_named(alice: User, bob: User, api: Api) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    client = api(alice)
    assert code(client.get(f"/api/v1/users/{bob.pk}")) == (404, "not_found")
    assert client.get("/api/v1/users", {"search": "bob"}).json()["results"] == []
    named = client.get("/api/v1/users", {"ids": f"{bob.pk},{alice.pk}"}).json()["results"]
    assert [user["username"] for user in named] == ["alice", "bob"]


def test_lists_are_walked_by_their_cursor(alice: User, api: Api) -> None:
    User.objects.bulk_create(User(username=f"user{n:03}") for n in range(7))
    client, path, seen = api(alice), "/api/v1/users?search=user&limit=3", []
    while path:
        page = client.get(path).json()
        seen.append([user["username"] for user in page["results"]])
        path = page["next"]
    assert seen == [["user000", "user001", "user002"], ["user003", "user004", "user005"], ["user006"]]
