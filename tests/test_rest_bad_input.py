"""What the API is sent by mistake or in malice: a clear refusal with a stable code, and nothing changed."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from groups import actions
from groups.models import Conversation
from tests.conftest import PASSWORD
from tests.live import LiveServer

Api = Callable[..., APIClient]
JSON = "application/json"
NOBODY = "8c2f5a54-5f5e-4b0e-9d3f-6f2f0c6f7b11"


def refused(answer: Any, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    assert answer["Content-Type"] == "application/problem+json", answer.content
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert told["status"] == status
    if field is not None:
        assert told["field"] == field
    assert "Traceback" not in answer.content.decode()
    return told


BAD_BODIES = {
    "truncated": b'{"name": "Clim',
    "not JSON": b"name=Climbing",
    "text": b'"Climbing"',
    "number": b"7",
    "null": b"null",
    "array": b'[{"name": "Climbing"}]',
    "two objects": b'{"name": "a"}{"name": "b"}',
    "nested": b'{"name": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "nested objects": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": -Infinity}',
    "1e400": b'{"name": 1e400}',
    "5,000 digits": b'{"name": ' + b"9" * 5_000 + b"}",
    "a name twice": b'{"name": "a", "name": "b"}',
    "not UTF-8": b'{"name": "\xff"}',
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"name": "a"}',
    "gzip bomb": gzip.compress(b'{"name": "' + b"a" * 1_000_000 + b'"}'),
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_is_one_json_object(alice: User, api: Api, body: bytes) -> None:
    refused(api(alice).generic("POST", "/api/v1/groups", body, JSON), 400, "malformed")
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_strangers_bodies_are_read_as_strictly(db: None, api: Api, body: bytes) -> None:
    for path in ("signup", "login"):
        refused(api().generic("POST", f"/api/v1/{path}", body, JSON), 400, "malformed")


def test_an_empty_body_lacks_what_is_needed(alice: User, api: Api) -> None:
    refused(api(alice).generic("POST", "/api/v1/groups", b"", JSON), 400, "invalid", "name")


@pytest.mark.server
def test_a_chunked_body_is_asked_for_its_length(parley_server: LiveServer) -> None:
    body = iter([b'{"username": "dora", ', b'"password": "x"}'])
    headers = {"Content-Type": JSON}
    answer = httpx.post(f"{parley_server.url}/api/v1/login", content=body, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


@pytest.mark.parametrize("size", [65_537, 5_000_000])
def test_a_large_body_is_refused(alice: User, api: Api, size: int) -> None:
    body = b'{"name": "' + b"a" * (size - 12) + b'"}'
    refused(api(alice).generic("POST", "/api/v1/groups", body, JSON), 413, "too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "a/b", "x"])
def test_only_json_is_taken(alice: User, api: Api, kind: str) -> None:
    answer = api(alice).generic("POST", "/api/v1/groups", b'{"name": "Climbing"}', kind)
    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "multipart/form-data; boundary=x"])
def test_a_page_of_another_site_cannot_post_for_a_signed_in_user(alice: User, kind: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    refused(client.generic("POST", "/api/v1/groups", b'{"name": "Climbing"}', kind), 403, "not_allowed")
    client.cookies["csrftoken"] = "a" * 32
    headers = {"X-CSRFToken": "b" * 32}
    refused(client.generic("POST", "/api/v1/groups", b"{}", JSON, headers=headers), 403, "not_allowed")
    assert not Conversation.objects.exists()


BAD_TEXT = {
    "NUL": "a\x00b",
    "half a surrogate pair": "\ud800",
    "control": "a\x07b",
    "line break": "a\nb",
    "bidi override": "\u202egnp.exe",
    "zero width": "\u200b\u200d\u2060",
    "blanks": "   ",
    "empty": "",
    "only combining marks": "\u0301" * 20,
    "filler": "\u3164",
    "too long": "x" * 81,
    "10 kB": "x" * 10_000,
}
WRONG_KINDS = {"number": 7, "true": True, "null": None, "list": ["a"], "object": {"a": "b"}}


@pytest.mark.parametrize("name", [*BAD_TEXT.values(), *WRONG_KINDS.values()], ids=[*BAD_TEXT, *WRONG_KINDS])
def test_a_group_needs_a_name_people_can_read(alice: User, api: Api, group: Conversation, name: Any) -> None:
    client = api(alice)
    one = f"/api/v1/groups/{group.pk}"
    for method, path in [("POST", "/api/v1/groups"), ("PUT", one), ("PATCH", one)]:
        refused(client.generic(method, path, json.dumps({"name": name}), JSON), 400, "invalid", "name")
    assert [row.name for row in Conversation.objects.all()] == ["Climbing"]


@pytest.mark.parametrize("text", ["combining \u0301" + "e\u0301" * 5, "👩‍👩‍👧‍👦 family", "日本語 العربية עברית", "🏳️‍🌈"])
def test_all_scripts_and_emoji_are_names(alice: User, api: Api, text: str) -> None:
    assert api(alice).post("/api/v1/groups", {"name": text}, format="json").status_code == 201


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{ 7|add:7 }}", "'; DROP TABLE accounts_user; --", "%s"]
)
def test_text_is_kept_as_text(alice: User, api: Api, text: str) -> None:
    made = api(alice).post("/api/v1/groups", {"name": text}, format="json")
    assert (made.status_code, made.json()["name"]) == (201, text)


def test_nested_text_is_looked_at_too(alice: User, api: Api) -> None:
    body = '{"name": "a", "member_ids": ["\\u0000"]}'
    refused(api(alice).generic("POST", "/api/v1/groups", body, JSON), 400, "invalid", "member_ids")
    body = '{"name\\u0000": "a"}'
    refused(api(alice).generic("POST", "/api/v1/groups", body, JSON), 400, "invalid")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("is_public", "true"),
        ("is_public", 1),
        ("is_public", None),
        ("description", 7),
        ("description", "x" * 501),
        ("description", "a\x00b"),
        ("member_ids", "abc"),
        ("member_ids", ["abc"]),
        ("member_ids", [7]),
        ("member_ids", [None]),
        ("member_ids", {"a": 1}),
        ("member_ids", [str(uuid.uuid4())] * 501),
    ],
)
def test_wrong_kinds_name_their_field(alice: User, api: Api, field: str, value: Any) -> None:
    answer = api(alice).post("/api/v1/groups", {"name": "Climbing", field: value}, format="json")
    refused(answer, 400, "invalid", field)


MASS = ["id", "kind", "owner", "role", "created_at", "created_by", "members_count", "seq", "room", "direct_pair"]


@pytest.mark.parametrize("field", MASS)
def test_what_is_not_to_be_set_cannot_be(alice: User, api: Api, group: Conversation, field: str) -> None:
    client, body = api(alice), {"name": "Climbing", field: "x"}
    refused(client.post("/api/v1/groups", body, format="json"), 400, "invalid", field)
    refused(client.patch(f"/api/v1/groups/{group.pk}", body, format="json"), 400, "invalid", field)


@pytest.mark.parametrize(
    "field", ["is_staff", "is_superuser", "is_active", "id", "username", "password", "date_joined"]
)
def test_nobody_makes_themselves_more_than_they_are(alice: User, api: Api, field: str) -> None:
    refused(api(alice).patch("/api/v1/me", {field: True}, format="json"), 400, "invalid", field)
    new = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}
    if field not in new:
        refused(api().post("/api/v1/signup", {**new, field: True}, format="json"), 400, "invalid", field)
    assert not User.objects.filter(is_staff=True).exists()


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
    other = actions.create_group(alice, name="Other", members=[bob])
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
    for client in (api(), api(alice)):
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


SIGNUP = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}
BAD_USERNAMES = {
    "look-alike": "аlice",  # a Cyrillic a
    "accent": "zoé",
    "65 characters": "x" * 65,
    "151 characters": "x" * 151,
    "control": "a\x07b",
    "NUL": "a\x00b",
    "blank inside": "a b",
    "empty": "",
    "line break at the end": "dora\n",
    "begins with a dot": ".dora",
    "address": "dora@example.org",
    "reserved": "admin",
    "reserved in another case": "Root",
    "here": "here",
    "number": 7,
    "list": ["dora"],
}


@pytest.mark.parametrize("username", BAD_USERNAMES.values(), ids=BAD_USERNAMES.keys())
def test_bad_usernames_are_refused(db: None, api: Api, username: Any) -> None:
    answer = api().post("/api/v1/signup", {**SIGNUP, "username": username}, format="json")
    if username == "dora\n":  # blanks around it are no part of a name
        assert answer.status_code == 201
        return
    refused(answer, 400, "invalid", "username")
    assert not User.objects.exists()


BAD_PASSWORDS = {
    "7 characters": "aB3$xyz",
    "257 characters": "aB3$" + "x" * 253,
    "10,000 characters": "aB3$" * 2_500,
    "common": "password123",
    "digits": "8301947562",
    "like the username": "doradora" + "dora",
    "NUL": "correct\x00horse",
    "empty": "",
    "number": 12345678901,
}


@pytest.mark.parametrize("password", BAD_PASSWORDS.values(), ids=BAD_PASSWORDS.keys())
def test_bad_passwords_are_refused(db: None, api: Api, password: Any) -> None:
    new = {**SIGNUP, "username": "doradora", "password": password}
    refused(api().post("/api/v1/signup", new, format="json"), 400, "invalid", "password")
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["aB3$xyzq", "x y" * 85, "пароль-длинный", " 8 blanks  "])
def test_good_passwords_are_kept_whole(db: None, api: Api, password: str) -> None:
    assert api().post("/api/v1/signup", {**SIGNUP, "password": password}, format="json").status_code == 201
    sign_in = {"username": "dora", "password": password}
    assert api().post("/api/v1/login", sign_in, format="json").status_code == 200
    refused(
        api().post("/api/v1/login", {**sign_in, "password": password + " "}, format="json"), 401, "wrong_credentials"
    )


@pytest.mark.parametrize(
    "email", ["", "dora", "dora@", "@x", "a b@x.org", "a\n@x.org", "x" * 250 + "@x.org", 7, None, "a@b\u202e.c"]
)
def test_bad_addresses_are_refused(db: None, alice: User, api: Api, email: Any) -> None:
    refused(api().post("/api/v1/signup", {**SIGNUP, "email": email}, format="json"), 400, "invalid", "email")
    refused(api(alice).patch("/api/v1/me", {"email": email}, format="json"), 400, "invalid", "email")


@pytest.mark.parametrize("name", ["x" * 65, "\u202eevil", "a\x07", "\u200b", 7, None])
def test_bad_display_names_are_refused(alice: User, api: Api, name: Any) -> None:
    for method, path, more in [("patch", "me", {}), ("post", "signup", SIGNUP)]:
        answer = getattr(api(alice), method)(f"/api/v1/{path}", {**more, "display_name": name}, format="json")
        refused(answer, 400, "invalid", "display_name")


def test_several_faults_are_told_at_once(db: None, api: Api) -> None:
    told = refused(api().post("/api/v1/signup", {}, format="json"), 400, "invalid", "username")
    assert set(told["errors"]) == {"username", "email", "password"}


@pytest.mark.parametrize("days", [0, -1, 3_651, 10**30, "7", 1.5, True, None])
def test_a_token_lives_for_some_days(alice: User, api: Api, days: Any) -> None:
    refused(api(alice).post("/api/v1/tokens", {"name": "bot", "days": days}, format="json"), 400, "invalid", "days")


@pytest.mark.parametrize("token_id", ["x", "a" * 32, "%", "_" * 32, "a" * 5_000])
def test_a_token_is_named_exactly(alice: User, api: Api, token_id: str) -> None:
    client = api(alice)
    refused(client.delete(f"/api/v1/tokens/{token_id}"), 404, "not_found")
    refused(client.delete(f"/api/v1/sessions/{token_id}"), 404, "not_found")
    assert client.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "Climbing", "invite": "x"},
        {"name": 7},
        {"invite": "x" * 33},
        {"invite": ["x"]},
        {"name": ""},
    ],
)
def test_joining_takes_a_name_or_an_invite(alice: User, api: Api, body: Any) -> None:
    refused(api(alice).post("/api/v1/groups/join", body, format="json"), 400, "invalid")


def test_no_such_group_or_invite(alice: User, carol: User, api: Api, group: Conversation) -> None:
    link, _ = actions.create_invitation(alice, conversation=group)
    actions.revoke_invitation(alice, invitation=link)
    answers = [
        refused(api(carol).post("/api/v1/groups/join", {"invite": invite}, format="json"), 404, "not_found", "invite")
        for invite in (link.invite, "nosuchinvite")
    ]
    assert answers[0] == answers[1]
    answers = [
        refused(api(carol).post("/api/v1/groups/join", {"name": name}, format="json"), 404, "not_found", "name")
        for name in (group.name, "No such group")
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("role", ["king", "", None, 7, "OWNER", ["owner"]])
def test_a_role_is_one_of_three(alice: User, bob: User, api: Api, group: Conversation, role: Any) -> None:
    path = f"/api/v1/groups/{group.pk}/members/{bob.pk}"
    refused(api(alice).patch(path, {"role": role}, format="json"), 400, "invalid", "role")


@pytest.mark.parametrize("user_id", ["x", "", None, 7, "0" * 35, f"urn:uuid:{NOBODY}", [], {}])
def test_a_user_id_is_a_uuid(alice: User, api: Api, group: Conversation, user_id: Any) -> None:
    for path in ("members", "invitations"):
        answer = api(alice).post(f"/api/v1/groups/{group.pk}/{path}", {"user_id": user_id}, format="json")
        refused(answer, 400, "invalid", "user_id")


def test_an_unknown_user_cannot_be_added(alice: User, api: Api, group: Conversation) -> None:
    absent = str(uuid.uuid4())
    for path in ("members", "invitations"):
        answer = api(alice).post(f"/api/v1/groups/{group.pk}/{path}", {"user_id": absent}, format="json")
        refused(answer, 404, "not_found", "user_id")
    refused(api(alice).post("/api/v1/groups", {"name": "a", "member_ids": [absent]}, format="json"), 404, "not_found")


def test_the_last_owner_stays(alice: User, bob: User, api: Api, group: Conversation) -> None:
    own = f"/api/v1/groups/{group.pk}/members/{alice.pk}"
    refused(api(alice).delete(own), 409, "last_owner")
    refused(api(alice).patch(own, {"role": "member"}, format="json"), 409, "last_owner")


def test_a_public_name_is_taken_once(alice: User, bob: User, api: Api) -> None:
    body = {"name": "Climbing", "is_public": True}
    assert api(alice).post("/api/v1/groups", body, format="json").status_code == 201
    refused(api(bob).post("/api/v1/groups", {**body, "name": "cLIMBING"}, format="json"), 409, "name_taken", "name")


def test_who_blocked_whom_is_not_told(alice: User, carol: User, api: Api, group: Conversation) -> None:
    from accounts.actions import block_user

    answers = []
    for one, other in [(alice, carol), (carol, alice)]:
        one.blocks.all().delete()
        other.blocks.all().delete()
        block_user(one, blocked=other)
        body = {"user_id": str(carol.pk)}
        answers.append(api(alice).post(f"/api/v1/groups/{group.pk}/members", body, format="json"))
        answers.append(api(alice).post("/api/v1/conversations", body, format="json"))
    for answer in answers:
        refused(answer, 403, "not_allowed")
    assert len({answer.content for answer in answers}) == 1


def test_answers_of_two_users_share_nothing_in_caches(alice: User, bob: User, api: Api) -> None:
    for user in (alice, bob):
        answer = api(user).get("/api/v1/me", headers={"If-None-Match": '"x"'})
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        assert "ETag" not in answer


def test_a_database_that_does_not_answer_is_told_apart(alice: User, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("accounts.access.access_user", fail)
    answer = api(alice).get(f"/api/v1/users/{alice.pk}")
    assert "locked" not in answer.content.decode()
    refused(answer, 503, "unavailable")
    assert int(answer["Retry-After"]) > 0


class TestReset:
    """The link in a password reset's mail."""

    def ask(self, client: Client, mailoutbox: Any, **headers: str) -> str:
        client.post("/accounts/password/reset/", {"email": "alice@example.org"}, headers=headers)
        return str(mailoutbox[-1].body)

    def test_a_forged_host_is_refused(self, alice: User, client: Client, mailoutbox: Any) -> None:
        answer = client.post(
            "/accounts/password/reset/", {"email": "alice@example.org"}, headers={"Host": "evil.example"}
        )
        assert answer.status_code == 400
        assert not mailoutbox

    def test_a_link_serves_once_and_one_user(self, alice: User, bob: User, client: Client, mailoutbox: Any) -> None:
        text = self.ask(client, mailoutbox)
        link = next(word for word in text.split() if "/password/reset/key/" in word)
        path = "/" + link.split("/", 3)[3]
        form = client.get(path, follow=True).request["PATH_INFO"]
        answer = client.post(form, {"password1": "another horse entirely"})
        assert answer.status_code == 302
        alice.refresh_from_db()
        assert alice.check_password("another horse entirely")
        again = Client().get(path, follow=True)
        assert again.status_code == 200
        assert b'name="password1"' not in again.content
        assert not default_token_generator.check_token(bob, path.rpartition("-")[2].strip("/"))


def test_many_contact_requests_leave_one_contact(alice: User, bob: User, api: Api) -> None:
    client = api(alice)
    answers = {client.put(f"/api/v1/users/{alice.pk}/contacts/{bob.pk}").status_code for _ in range(20)}
    assert answers == {201, 200}
    assert alice.contacts.count() == 1


def test_headers_of_proxies_change_nothing(alice: User, api: Api) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Daphne-Root-Path": "/evil"}
    User.objects.create(username="u")
    told = api(alice).get("/api/v1/users?limit=1", headers=headers).json()
    assert told["next"].startswith("http://testserver/api/v1/users?")
