"""Drafts: kept for their writer alone, the later one wins, gone with the membership."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from groups import actions
from groups.models import Conversation
from messaging.models import KeptDraft
from tests.live import LiveServer
from tests.people import add_member

Api = Callable[..., APIClient]
pytestmark = pytest.mark.django_db(transaction=True)


def put(client: APIClient, place: Any, text: Any, **more: Any) -> Any:
    return client.put(f"/api/v1/conversations/{place.pk}/draft", {"text": text, **more}, format="json")


def drafts(client: APIClient) -> list[str]:
    return [row["text"] for row in client.get("/api/v1/drafts").json()["results"]]


def test_a_draft_is_its_writers_alone(alice: User, bob: User, carol: User, group: Conversation, api: Api) -> None:
    assert put(api(bob), group, " Well,\nI think ").json()["text"] == " Well,\nI think "
    assert drafts(api(bob)) == [" Well,\nI think "]
    assert drafts(api(alice)) == []
    refused = put(api(carol), group, "Hi")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert put(api(bob), group, "").json()["text"] == ""
    assert drafts(api(bob)) == [""]
    assert KeptDraft.objects.count() == 1


def test_the_later_of_two_wins_and_no_clock_is_ahead(bob: User, group: Conversation, api: Api) -> None:
    now, client = timezone.now(), api(bob)
    at = [(now - timedelta(minutes=minutes)).isoformat() for minutes in (10, 5, 7)]
    answers = [put(client, group, text, written_at=when).json()["text"] for text, when in zip("abc", at, strict=True)]
    assert answers == ["a", "b", "b"]
    ahead = put(client, group, "d", written_at=(now + timedelta(days=9)).isoformat()).json()
    assert ahead["text"] == "d"
    assert put(client, group, "e").json()["text"] == "e"
    assert put(client, group, "sent long ago", written_at=at[0]).json()["text"] == "e"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("text", value) for value in ("x" * 8_001, "nul\0", 7, None, ["a"])),
        *(("written_at", value) for value in ("yesterday", 7, None, "2026-13-01T00:00:00Z")),
        ("color", "red"),
    ],
)
def test_what_is_no_draft_is_refused(bob: User, group: Conversation, api: Api, field: str, value: Any) -> None:
    answer = put(api(bob), group, **{"text": "Hi", field: value})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", field)
    assert not KeptDraft.objects.exists()


def test_eight_thousand_characters_are_kept(bob: User, group: Conversation, api: Api) -> None:
    assert put(api(bob), group, "💬" * 8_000).status_code == 200


def test_leaving_and_being_removed_forget_the_draft(
    alice: User, bob: User, carol: User, group: Conversation, api: Api
) -> None:
    add_member(alice, conversation=group, user=carol)
    for user in (alice, bob, carol):
        put(api(user), group, "Hi")
    actions.leave_group(bob, conversation=group)
    actions.remove_member(alice, conversation=group, user=carol)
    assert [kept.user for kept in KeptDraft.objects.all()] == [alice]
    assert put(api(bob), group, "Hi").status_code == 404


def test_pages_show_the_draft_and_sending_it_forgets_it(bob: User, group: Conversation, api: Api) -> None:
    put(api(bob), group, "half a <thought>")
    client = Client()
    client.force_login(bob)
    assert '<b class="draft">Draft:</b> <bdi>half a &lt;thought&gt;</bdi>' in client.get("/c/").text
    path = reverse("conversation", args=[group.pk])
    page = client.get(path).text
    assert "half a &lt;thought&gt;</textarea>" in page
    assert 'class="draft"' not in page
    assert client.post(path, {"key": str(uuid.uuid4()), "body": "a whole one"}).status_code == 303
    assert drafts(api(bob)) == [""]
    assert "half a" not in client.get(path).text


@pytest.mark.server
async def test_all_sockets_of_the_writer_are_told_and_no_others(parley_server: LiveServer) -> None:
    alice, bob = (parley_server.newcomer(name) for name in ("alice", "bob"))
    group = alice.make_group(bob)
    one, other, hers = await bob.connect(), await bob.connect(), await alice.connect()
    kept = bob.api.put(f"conversations/{group}/draft", json={"text": "Well"}).json()
    for socket in (one, other):
        told = await socket.expect("draft.changed")
        assert (told["conversation_id"], told["text"], told["written_at"]) == (group, "Well", kept["written_at"])
    older = {"text": "Before", "written_at": "2026-01-02T03:04:05Z"}
    assert bob.api.put(f"conversations/{group}/draft", json=older).json()["text"] == "Well"
    bob.api.put(f"conversations/{group}/draft", json={"text": ""})
    assert (await one.expect("draft.changed"))["text"] == ""
    await hers.ask(type="ping")
    assert not [frame for frame in hers.told if frame["type"] == "draft.changed"]
