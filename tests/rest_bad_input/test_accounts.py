"""What people say of themselves by mistake or in malice: a clear refusal that names the field."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client

from accounts.models import User
from groups.models import Conversation
from tests.conftest import PASSWORD
from tests.rest_bad_input.refusals import Api, refused

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
