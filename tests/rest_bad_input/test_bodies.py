"""Bodies by mistake or in malice: a clear refusal with a stable code, and nothing changed."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import httpx
import pytest
from django.test import Client

from accounts.models import User
from groups.models import Conversation
from tests.conftest import PASSWORD
from tests.live import LiveServer
from tests.rest_bad_input.refusals import JSON, Api, refused

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
