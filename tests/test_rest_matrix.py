"""Every endpoint for every role. The rows are checked against the router: an endpoint without a row fails."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import URLPattern
from rest_framework.test import APIClient

from accounts import access
from accounts import actions as people
from accounts.models import User
from accounts.tokens import create_token
from chatproject.urls import api_urls
from groups import actions
from messaging import actions as talk
from messaging.files.actions import begin_upload
from messaging.protocol import SendMessage
from tests.conftest import PASSWORD
from tests.people import create_group

ROLES = ("anonymous", "suspended", "outsider", "member", "admin", "owner")
KEY = str(uuid.uuid4())
NEW_PASSWORD = {"old_password": PASSWORD, "new_password": "another horse entirely"}
SIGNUP = {"username": "fred", "email": "fred@example.org", "password": PASSWORD}

# Method, path and body; then what each of ROLES gets. The group is private; user_id in a group's path is another
# member; seq is a message of the member's; user_id elsewhere, contact_id, token_id, upload_id and session_id belong
# to the owner;
# invitation_id is a link of the group's under /groups and an invitation of the outsider under /invitations; text in
# {braces} is filled in.
ROWS: dict[tuple[str, str], tuple[Any, tuple[int, ...]]] = {
    ("post", "signup"): (SIGNUP, (201, 201, 201, 201, 201, 201)),
    ("post", "signup/confirmation"): ({"email": "frank@example.org"}, (409, 409, 409, 409, 409, 409)),
    ("post", "login"): ({"username": "alice", "password": PASSWORD}, (200, 200, 200, 200, 200, 200)),
    ("post", "logout"): (None, (401, 401, 204, 204, 204, 204)),
    ("get", "me"): (None, (401, 401, 200, 200, 200, 200)),
    ("patch", "me"): ({"display_name": "New"}, (401, 401, 200, 200, 200, 200)),
    ("put", "me/quiet_hours"): (
        {"from": "22:00", "to": "07:00", "time_zone": "Europe/Zurich"},
        (401, 401, 200, 200, 200, 200),
    ),
    ("delete", "me/quiet_hours"): (None, (401, 401, 204, 204, 204, 204)),
    ("post", "me/password"): (NEW_PASSWORD, (401, 401, 204, 204, 204, 204)),
    ("get", "tokens"): (None, (401, 401, 200, 200, 200, 200)),
    ("post", "tokens"): ({"name": "bot", "current_password": PASSWORD}, (401, 401, 201, 201, 201, 201)),
    ("delete", "tokens/<str:token_id>"): (None, (401, 401, 404, 404, 404, 204)),
    ("get", "sessions"): (None, (401, 401, 200, 200, 200, 200)),
    ("delete", "sessions/<str:session_id>"): (None, (401, 401, 404, 404, 404, 204)),
    ("get", "users"): (None, (401, 401, 200, 200, 200, 200)),
    ("get", "users/<uuid:user_id>"): (None, (401, 401, 200, 200, 200, 200)),
    ("get", "users/<uuid:user_id>/groups"): (None, (401, 401, 200, 200, 200, 200)),
    ("get", "users/<uuid:user_id>/contacts"): (None, (401, 401, 404, 404, 404, 200)),
    ("get", "users/<uuid:user_id>/contacts/<uuid:contact_id>"): (None, (401, 401, 404, 404, 404, 200)),
    ("put", "users/<uuid:user_id>/contacts/<uuid:contact_id>"): ({}, (401, 401, 404, 404, 404, 200)),
    ("delete", "users/<uuid:user_id>/contacts/<uuid:contact_id>"): (None, (401, 401, 404, 404, 404, 204)),
    ("get", "users/<uuid:user_id>/blocks"): (None, (401, 401, 404, 404, 404, 200)),
    ("get", "users/<uuid:user_id>/blocks/<uuid:blocked_id>"): (None, (401, 401, 404, 404, 404, 200)),
    ("put", "users/<uuid:user_id>/blocks/<uuid:blocked_id>"): (None, (401, 401, 404, 404, 404, 200)),
    ("delete", "users/<uuid:user_id>/blocks/<uuid:blocked_id>"): (None, (401, 401, 404, 404, 404, 204)),
    ("get", "groups"): (None, (401, 401, 200, 200, 200, 200)),
    ("post", "groups"): ({"name": "New"}, (401, 401, 201, 201, 201, 201)),
    ("post", "groups/join"): ({"invite": "{invite}"}, (401, 401, 201, 200, 200, 200)),
    ("get", "groups/<uuid:group_id>"): (None, (401, 401, 404, 200, 200, 200)),
    ("put", "groups/<uuid:group_id>"): ({"name": "New"}, (401, 401, 404, 403, 200, 200)),
    ("patch", "groups/<uuid:group_id>"): ({"is_public": True}, (401, 401, 404, 403, 403, 200)),
    ("delete", "groups/<uuid:group_id>"): (None, (401, 401, 404, 403, 403, 204)),
    ("get", "groups/<uuid:group_id>/members"): (None, (401, 401, 404, 200, 200, 200)),
    ("post", "groups/<uuid:group_id>/members"): ({"user_id": "{newcomer}"}, (401, 401, 404, 403, 202, 202)),
    ("get", "groups/<uuid:group_id>/members/<uuid:user_id>"): (None, (401, 401, 404, 200, 200, 200)),
    ("patch", "groups/<uuid:group_id>/members/<uuid:user_id>"): ({"role": "admin"}, (401, 401, 404, 403, 403, 200)),
    ("delete", "groups/<uuid:group_id>/members/<uuid:user_id>"): (None, (401, 401, 404, 403, 204, 204)),
    ("get", "groups/<uuid:group_id>/bans"): (None, (401, 401, 404, 403, 200, 200)),
    ("get", "groups/<uuid:group_id>/bans/<uuid:user_id>"): (None, (401, 401, 404, 403, 404, 404)),
    ("put", "groups/<uuid:group_id>/bans/<uuid:user_id>"): (None, (401, 401, 404, 403, 201, 201)),
    ("delete", "groups/<uuid:group_id>/bans/<uuid:user_id>"): (None, (401, 401, 404, 403, 404, 404)),
    ("get", "groups/<uuid:group_id>/invitations"): (None, (401, 401, 404, 403, 200, 200)),
    ("post", "groups/<uuid:group_id>/invitations"): ({}, (401, 401, 404, 403, 201, 201)),
    ("delete", "groups/<uuid:group_id>/invitations/<uuid:invitation_id>"): (None, (401, 401, 404, 403, 204, 204)),
    ("get", "companions"): (None, (401, 401, 200, 200, 200, 200)),
    ("get", "invitations"): (None, (401, 401, 200, 200, 200, 200)),
    ("delete", "invitations/<uuid:invitation_id>"): (None, (401, 401, 204, 404, 404, 404)),
    ("post", "ticket"): (None, (401, 401, 201, 201, 201, 201)),
    ("get", "conversations"): (None, (401, 401, 200, 200, 200, 200)),
    ("get", "unread"): (None, (401, 401, 200, 200, 200, 200)),
    ("post", "conversations"): ({"user_id": "{newcomer}"}, (401, 401, 201, 201, 201, 201)),
    ("get", "conversations/<uuid:conversation_id>"): (None, (401, 401, 404, 200, 200, 200)),
    ("get", "conversations/<uuid:conversation_id>/messages"): (None, (401, 401, 404, 200, 200, 200)),
    ("post", "conversations/<uuid:conversation_id>/messages"): (
        {"key": KEY, "body": "Hello"},
        (401, 401, 404, 201, 201, 201),
    ),
    # A number that names no message; the outsider is told of neither.
    ("post", "conversations/<uuid:conversation_id>/forwards"): (
        {"key": KEY, "source_id": "{group}", "source_seq": 999},
        (401, 401, 404, 404, 404, 404),
    ),
    ("patch", "conversations/<uuid:conversation_id>/messages/<int:seq>"): (
        {"key": KEY, "body": "Better"},
        (401, 401, 404, 200, 403, 403),
    ),
    ("delete", "conversations/<uuid:conversation_id>/messages/<int:seq>"): (
        {"key": KEY},
        (401, 401, 404, 200, 200, 200),
    ),
    ("put", "conversations/<uuid:conversation_id>/messages/<int:seq>/reactions/<str:emoji>"): (
        {"key": KEY},
        (401, 401, 404, 200, 200, 200),
    ),
    ("delete", "conversations/<uuid:conversation_id>/messages/<int:seq>/reactions/<str:emoji>"): (
        {"key": KEY},
        (401, 401, 404, 200, 200, 200),
    ),
    ("get", "conversations/<uuid:conversation_id>/messages/<int:seq>/versions"): (None, (401, 401, 404, 200, 200, 200)),
    ("get", "conversations/<uuid:conversation_id>/mentions"): (None, (401, 401, 404, 200, 200, 200)),
    ("get", "conversations/<uuid:conversation_id>/receipts"): (None, (401, 401, 404, 200, 200, 200)),
    ("patch", "conversations/<uuid:conversation_id>/attention"): (
        {"level": "mentions"},
        (401, 401, 404, 200, 200, 200),
    ),
    ("put", "conversations/<uuid:conversation_id>/read"): ({"seq": 0}, (401, 401, 404, 200, 200, 200)),
    ("put", "conversations/<uuid:conversation_id>/messages/<int:seq>/pin"): (
        {"key": KEY},
        (401, 401, 404, 403, 200, 200),
    ),
    ("delete", "conversations/<uuid:conversation_id>/messages/<int:seq>/pin"): (
        {"key": KEY},
        (401, 401, 404, 403, 200, 200),
    ),
    ("get", "conversations/<uuid:conversation_id>/pins"): (None, (401, 401, 404, 200, 200, 200)),
    ("put", "conversations/<uuid:conversation_id>/messages/<int:seq>/saved"): (
        None,
        (401, 401, 404, 201, 201, 201),
    ),
    ("delete", "conversations/<uuid:conversation_id>/messages/<int:seq>/saved"): (
        None,
        (401, 401, 404, 404, 404, 404),
    ),
    ("post", "conversations/<uuid:conversation_id>/messages/<int:seq>/report"): (
        {"reason": "Rude"},
        (401, 401, 404, 403, 201, 201),
    ),
    ("get", "conversations/<uuid:conversation_id>/reports"): (None, (401, 401, 404, 403, 200, 200)),
    ("patch", "conversations/<uuid:conversation_id>/reports/<uuid:report_id>"): (
        {"outcome": "dismissed"},
        (401, 401, 404, 403, 404, 404),
    ),
    ("get", "reports"): (None, (401, 401, 200, 200, 200, 200)),
    ("put", "conversations/<uuid:conversation_id>/draft"): ({"text": "Hi"}, (401, 401, 404, 200, 200, 200)),
    ("get", "drafts"): (None, (401, 401, 200, 200, 200, 200)),
    ("get", "saved"): (None, (401, 401, 200, 200, 200, 200)),
    ("get", "conversations/<uuid:conversation_id>/missed"): (None, (401, 401, 404, 200, 200, 200)),
    ("get", "search"): (None, (401, 401, 400, 400, 400, 400)),
    ("put", "conversations/<uuid:conversation_id>/unread"): ({"seq": 1}, (401, 401, 404, 200, 200, 200)),
    # seq is a text, which carries no file.
    ("get", "conversations/<uuid:conversation_id>/messages/<int:seq>/file"): (None, (401, 401, 404, 404, 404, 404)),
    ("get", "conversations/<uuid:conversation_id>/messages/<int:seq>/thumbnail"): (
        None,
        (401, 401, 404, 404, 404, 404),
    ),
    ("post", "uploads"): (
        {"conversation_id": "{group}", "key": KEY, "name": "a.txt", "size": 5},
        (401, 401, 404, 201, 201, 201),
    ),
    ("get", "uploads/<uuid:upload_id>"): (None, (401, 401, 404, 404, 404, 200)),
    ("patch", "uploads/<uuid:upload_id>"): (None, (401, 401, 404, 404, 404, 400)),
    ("delete", "uploads/<uuid:upload_id>"): (None, (401, 401, 404, 404, 404, 204)),
    ("get", "schema/"): (None, (200, 200, 200, 200, 200, 200)),
    ("get", "docs/"): (None, (200, 200, 200, 200, 200, 200)),
}
# What stores or reads messages runs on the worker's own loop and database connections.
MESSAGES = "conversations"


def endpoints() -> Iterator[tuple[str, str]]:
    for pattern in api_urls:
        assert isinstance(pattern, URLPattern)
        view = pattern.callback.cls  # type: ignore[attr-defined]
        for method in view.http_method_names:
            if hasattr(view, method) and method not in ("head", "options"):
                yield method, str(pattern.pattern)


def test_every_endpoint_has_a_row() -> None:
    assert sorted(endpoints()) == sorted(ROWS)


class World:
    """One private group with everybody in their role, and something of each kind to ask for."""

    def __init__(self, make_user: Callable[..., User]) -> None:
        names = {"owner": "alice", "admin": "dora", "member": "bob", "outsider": "carol", "suspended": "sam"}
        self.seq = 1
        self.people = {role: make_user(name) for role, name in names.items()}
        self.other, self.newcomer = make_user("erin"), make_user("newt")
        inside = [self.people[role] for role in ("admin", "member", "suspended")]
        alice = self.people["owner"]
        self.group = create_group(alice, name="Climbing", members=[*inside, self.other])
        actions.change_role(alice, conversation=self.group, user=self.people["admin"], role="admin")
        self.link, _ = actions.create_invitation(alice, conversation=self.group)
        self.invitation, _ = actions.create_invitation(alice, conversation=self.group, invitee=self.people["outsider"])
        people.add_contact(alice, contact=self.other)
        people.block_user(alice, blocked=make_user("mallory"))
        about_file = {"conversation_id": self.group.pk, "key": uuid.uuid4(), "name": "notes.txt", "size": 5}
        self.upload, _ = begin_upload(alice, **about_file)
        self.secrets = {role: create_token(user)[1] for role, user in self.people.items()}
        self.spare, _ = create_token(alice, name="spare")
        browser = Client()
        browser.force_login(alice)
        browser.get("/api/v1/me")
        (self.session,) = access.sessions_of(alice)
        User.objects.filter(pk=self.people["suspended"].pk).update(is_active=False)

    def say(self) -> None:
        """A message of the member's."""
        said = SendMessage(key=uuid.uuid4(), conversation_id=self.group.pk, body="Hello")
        self.seq = async_to_sync(talk.write)(self.people["member"].pk, said).change.seq

    def path(self, pattern: str) -> str:
        alice = self.people["owner"]
        of_group = pattern.startswith("groups/")
        return "/api/v1/" + (
            pattern.replace("<uuid:group_id>", str(self.group.pk))
            .replace("<uuid:conversation_id>", str(self.group.pk))
            .replace("<int:seq>", str(self.seq))
            .replace("<str:emoji>", "👍")
            .replace("<uuid:user_id>", str(self.other.pk if of_group else alice.pk))
            .replace("<uuid:contact_id>", str(self.other.pk))
            .replace("<uuid:blocked_id>", str(alice.blocks.get().blocked_id))
            .replace("<uuid:invitation_id>", str((self.link if of_group else self.invitation).pk))
            .replace("<uuid:report_id>", str(uuid.uuid4()))
            .replace("<uuid:upload_id>", str(self.upload.file_id))
            .replace("<str:token_id>", self.spare.public_id)
            .replace("<str:session_id>", access.session_id_of(self.session))
        )

    def body(self, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        filled = {"{invite}": self.link.invite, "{newcomer}": str(self.newcomer.pk), "{group}": str(self.group.pk)}
        return {name: filled.get(value, value) if isinstance(value, str) else value for name, value in body.items()}

    def client(self, role: str) -> APIClient:
        client = APIClient()
        if role in self.secrets:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.secrets[role]}")
        return client


def _check(make_user: Callable[..., User], method: str, pattern: str) -> None:
    """One world per role, for a request may change it."""
    body, expected = ROWS[method, pattern]
    got = []
    for number, role in enumerate(ROLES):
        world = World(lambda name, n=number, **fields: make_user(name if n == 0 else f"{name}{n}", **fields))
        if "<int:seq>" in pattern:
            world.say()
        sent = world.body(body)
        if pattern in ("signup", "login") and number:
            sent = {**sent, "username": f"{sent['username']}{number}"}
            sent |= {"email": f"f{number}@example.org"} if pattern == "signup" else {}
        answer = getattr(world.client(role), method)(world.path(pattern), sent, format="json")
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert {"type", "title", "status", "detail", "code"} <= set(answer.json())
        assert "no-store" in answer["Cache-Control"]
        got.append(answer.status_code)
    assert dict(zip(ROLES, got, strict=True)) == dict(zip(ROLES, expected, strict=True))


@pytest.mark.parametrize(("method", "pattern"), [row for row in ROWS if not row[1].startswith(MESSAGES)])
def test_each_role_gets_what_is_theirs(make_user: Any, method: str, pattern: str) -> None:
    _check(make_user, method, pattern)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("method", "pattern"), [row for row in ROWS if row[1].startswith(MESSAGES)])
def test_each_role_gets_what_is_theirs_of_conversations(make_user: Any, method: str, pattern: str) -> None:
    _check(make_user, method, pattern)


@pytest.mark.parametrize("pattern", sorted({pattern for _, pattern in ROWS}))
def test_other_methods_are_refused(make_user: Any, pattern: str) -> None:
    world = World(make_user)
    wrong = {"get", "post", "put", "patch", "delete", "trace", "options"} - {m for m, p in ROWS if p == pattern}
    for method in sorted(wrong):
        answer = world.client("owner").generic(method.upper(), world.path(pattern), content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), method


def test_absent_things_and_others_things_look_the_same(make_user: Any) -> None:
    world = World(make_user)
    absent, theirs = uuid.uuid4(), world.group.pk
    client = world.client("outsider")
    for path in ("groups/{}", "groups/{}/members", "groups/{}/invitations", "conversations/{}"):
        answers = [client.get("/api/v1/" + path.format(group_id)) for group_id in (absent, theirs)]
        assert answers[0].status_code == 404
        assert answers[0].content == answers[1].content
