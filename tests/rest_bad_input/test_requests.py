"""Addresses, parameters, headers and methods by mistake or in malice: a clear refusal, and nothing more is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from groups.models import Conversation
from tests.people import create_group
from tests.rest_bad_input.refusals import NOBODY, Api, refused


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1000000000", "1e3", "ten", "", "5.0", " 5", "٥", "0x10", "5\x00"])
@pytest.mark.parametrize("path", ["users", "groups", "invitations", "tokens", "conversations"])
def test_a_limit_is_a_small_number(alice: User, api: Api, path: str, limit: str) -> None:
    refused(api(alice).get(f"/api/v1/{path}", {"limit": limit}), 400, "invalid", "limit")


def test_a_parameter_given_twice_is_refused(alice: User, api: Api) -> None:
    refused(api(alice).get("/api/v1/users?limit=5&limit=6"), 400, "invalid", "limit")
    refused(api(alice).get("/api/v1/users?search=a&search=b"), 400, "invalid", "search")


@pytest.mark.parametrize("cursor", ["", "x", "bm8", "a:b", "\x00", "é", "x" * 5_000, "WyJhIl0:abc"])
@pytest.mark.parametrize("path", ["users", "groups", "invitations", "tokens"])
def test_a_made_up_cursor_is_refused(alice: User, api: Api, path: str, cursor: str) -> None:
    refused(api(alice).get(f"/api/v1/{path}", {"cursor": cursor}), 400, "invalid", "cursor")


def test_a_cursor_serves_its_own_list_only(alice: User, bob: User, api: Api, group: Conversation) -> None:
    other = create_group(alice, name="Other", members=[bob])
    following = api(alice).get(f"/api/v1/groups/{group.pk}/members?limit=1").json()["next"]
    cursor = following.partition("cursor=")[2].partition("&")[0]
    answer = api(alice).get(f"/api/v1/groups/{other.pk}/members?cursor={cursor}")
    refused(answer, 400, "invalid", "cursor")


@pytest.mark.parametrize(
    "query", ["ordering=user__password", "user__password=a", "is_staff=true", "format=api", "page=2"]
)
def test_unknown_parameters_change_nothing(alice: User, bob: User, api: Api, query: str) -> None:
    assert api(alice).get(f"/api/v1/users?{query}").json() == api(alice).get("/api/v1/users").json()


@pytest.mark.parametrize("ids", ["abc", "1", ",", f"{NOBODY},", ",".join([NOBODY] * 201), "\x00"])
def test_ids_are_up_to_200_uuids(alice: User, api: Api, ids: str) -> None:
    refused(api(alice).get("/api/v1/users", {"ids": ids}), 400, "invalid", "ids")


@pytest.mark.parametrize("search", ["x" * 65, "\x00", "a\x00"])
@pytest.mark.parametrize("path", ["users", "groups"])
def test_a_search_is_short_text(alice: User, api: Api, path: str, search: str) -> None:
    refused(api(alice).get(f"/api/v1/{path}", {"search": search}), 400, "invalid", "search")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/nothing",
        "/me/",
        "/users/",
        "/users/1",
        "/users/me",
        "/groups/0",
        "/groups/-1",
        "/groups/1 OR 1=1",
        "/groups/{id}/",
        "/groups/{ID}",
        "/groups/{id}/members/x",
        "/groups/%00",
        "/groups/..%2f..%2fetc",
        "/groups/%0a",
        "/../../etc/passwd",
        "/" + "x" * 8_000,
        "/schema",
        "/docs",
    ],
)
def test_unknown_addresses_are_problems_and_lead_nowhere(alice: User, api: Api, group: Conversation, path: str) -> None:
    path = path.replace("{id}", str(group.pk)).replace("{ID}", str(group.pk).upper())
    for client in (api(), api(alice), APIClient(enforce_csrf_checks=True)):
        for method in ("get", "post", "delete"):
            answer = getattr(client, method)(f"/api/v1{path}")
            refused(answer, 404, "not_found")
            assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_method_is_what_it_says(alice: User, api: Api, group: Conversation, header: str) -> None:
    assert api(alice).get(f"/api/v1/groups/{group.pk}", headers={header: "DELETE"}).status_code == 200
    refused(
        api(alice).post(f"/api/v1/groups/{group.pk}?_method=DELETE", headers={header: "DELETE"}),
        405,
        "method_not_allowed",
    )
    assert Conversation.objects.filter(pk=group.pk).exists()


@pytest.mark.parametrize("path", ["logout", "login", "groups/join", "ticket"])
def test_reading_an_action_does_nothing(alice: User, api: Api, path: str) -> None:
    client = api(alice)
    for method in ("get", "head"):
        assert getattr(client, method)(f"/api/v1/{path}").status_code == 405
    assert client.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer a b", "Bearer x", "Bearer \xff\xfe", "Bearer a\x00", "Bearer " + "x" * 9_000],
)
def test_a_bad_token_is_refused(db: None, api: Api, header: str) -> None:
    answer = APIClient().get("/api/v1/me", HTTP_AUTHORIZATION=header)
    refused(answer, 401, "invalid_token")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic YTpi", "Token x", "Digest", "\x00", ""])
def test_other_schemes_are_nobody(db: None, header: str) -> None:
    refused(APIClient().get("/api/v1/me", HTTP_AUTHORIZATION=header), 401, "not_authenticated")


@pytest.mark.parametrize("cookie", ["x", "\x00", "é", "a" * 5_000, "../../x", "' OR 1=1"])
def test_a_bad_session_cookie_is_nobody(db: None, cookie: str) -> None:
    client = Client()
    client.cookies["sessionid"] = cookie
    refused(client.get("/api/v1/me"), 401, "not_authenticated")


def test_an_answer_in_another_format_is_refused(alice: User, api: Api) -> None:
    refused(api(alice).get("/api/v1/me", headers={"Accept": "text/html"}), 406, "not_acceptable")
    assert api(alice).get("/api/v1/me", headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200


def test_headers_of_proxies_change_nothing(alice: User, api: Api) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Daphne-Root-Path": "/evil"}
    User.objects.create(username="u")
    told = api(alice).get("/api/v1/users?limit=1", headers=headers).json()
    assert told["next"].startswith("http://testserver/api/v1/users?")


def test_a_database_that_does_not_answer_is_told_apart(alice: User, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("accounts.access.access_user", fail)
    answer = api(alice).get(f"/api/v1/users/{alice.pk}")
    assert "locked" not in answer.content.decode()
    refused(answer, 503, "unavailable")
    assert int(answer["Retry-After"]) > 0


def test_answers_of_two_users_share_nothing_in_caches(alice: User, bob: User, api: Api) -> None:
    for user in (alice, bob):
        answer = api(user).get("/api/v1/me", headers={"If-None-Match": '"x"'})
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        assert "ETag" not in answer
