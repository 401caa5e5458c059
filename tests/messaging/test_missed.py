"""What is told of what others did while one was away: grouped, counted, and only what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from groups import actions
from groups.models import Conversation
from messaging import actions as talk
from messaging.protocol import AddReaction, AnyWrite, DeleteMessage, EditMessage, RemoveReaction, SendMessage
from tests.people import add_member

pytestmark = pytest.mark.django_db(transaction=True)
Api = Callable[..., APIClient]


def write(user: User, place: Conversation, kind: type[AnyWrite], **fields: Any) -> int:
    command = kind(key=uuid.uuid4(), conversation_id=place.pk, **fields)
    return async_to_sync(talk.write)(user.pk, command).change.seq


def read(user: User, place: Conversation, seq: int) -> None:
    async_to_sync(talk.mark_read)(user.pk, conversation_id=place.pk, seq=seq)


def missed(client: APIClient, place: Conversation, since: int | None = None) -> Any:
    answer = client.get(f"/api/v1/conversations/{place.pk}/missed", {} if since is None else {"since": since})
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def busy(alice: User, bob: User, carol: User, group: Conversation) -> dict[str, int]:
    """alice reads up to a message of hers, and then much happens; the numbers of what matters."""
    old, gone, twice = (write(alice, group, SendMessage, body=f"{word} words") for word in ("old", "gone", "twice"))
    bobs = write(bob, group, SendMessage, body="bob's words")
    read(alice, group, bobs)
    new = write(bob, group, SendMessage, body="new words")
    write(alice, group, SendMessage, body="my own")
    write(bob, group, SendMessage, body="newer words")
    write(bob, group, EditMessage, target=new, body="not worth telling")
    write(bob, group, EditMessage, target=bobs, body="better")
    write(bob, group, EditMessage, target=bobs, body="**best**")
    write(bob, group, AddReaction, target=old, emoji="👍")
    write(bob, group, AddReaction, target=old, emoji="🎉")
    write(bob, group, AddReaction, target=twice, emoji="👍")
    write(bob, group, RemoveReaction, target=twice, emoji="👍")
    write(alice, group, AddReaction, target=bobs, emoji="👍")
    actions.change_role(alice, conversation=group, user=bob, role="admin")
    write(bob, group, DeleteMessage, target=gone)
    add_member(bob, conversation=group, user=carol)
    actions.leave_group(carol, conversation=group)
    add_member(bob, conversation=group, user=carol)
    actions.rename_group(bob, conversation=group, name="Bouldering")
    return {"since": bobs, "old": old, "gone": gone, "bobs": bobs, "new": new}


def test_everything_others_did_is_told_once_and_leads_there(
    alice: User, bob: User, carol: User, group: Conversation, busy: dict[str, int], api: Api
) -> None:
    told = missed(api(alice), group)
    assert (told["since"], told["is_complete"]) == (busy["since"], True)
    counts = {"new": 2, "edited": 1, "deleted": 1, "reacted": 2, "joined": 1, "renamed": 1}
    assert told["counts"] == counts
    items = {item.pop("kind"): item for item in told["items"]}
    joined = items.pop("joined")
    assert (joined["count"], joined["user_ids"]) == (1, [str(carol.pk)])
    assert items.pop("renamed")["text"] == "Bouldering"
    by = [str(bob.pk)]
    assert items == {
        "new": {"seq": busy["new"], "count": 2, "user_ids": by},
        "edited": {"seq": busy["bobs"], "count": 1, "user_ids": by, "text": "best"},
        "deleted": {"seq": busy["gone"], "count": 1, "user_ids": by},
        "reacted": {"seq": busy["old"], "count": 2, "user_ids": by, "emojis": ["👍", "🎉"], "text": "old words"},
    }


def test_it_counts_from_where_one_asks_and_ends_with_reading(
    alice: User, bob: User, group: Conversation, busy: dict[str, int], api: Api
) -> None:
    client = api(alice)
    head = missed(client, group)["head"]
    assert missed(client, group, head)["items"] == []
    assert missed(client, group, 0)["counts"]["new"] == 3
    assert "new" not in missed(api(bob), group, busy["bobs"] + 2)["counts"]
    read(alice, group, head)
    assert missed(client, group)["counts"] == {}
    for since in ("-1", "x", 2**60):
        refused = client.get(f"/api/v1/conversations/{group.pk}/missed", {"since": since})
        assert (refused.status_code, refused.json()["field"]) == (400, "since")


def test_without_scripts_it_is_a_page_behind_the_unread_line(
    alice: User, carol: User, bob: User, group: Conversation, busy: dict[str, int], client: Client
) -> None:
    client.force_login(alice)
    address = f"/c/{group.pk}/missed/?since={busy['since']}"
    assert address in client.get(f"/c/{group.pk}/").content.decode()
    page = client.get(address).content.decode()
    for words in ("bob wrote 2 messages", "bob edited a message", "👍 🎉 from bob", "carol joined", "old words"):
        assert words in page
    assert f"/c/{group.pk}/?at={busy['old']}" in page
    assert client.get(f"/c/{group.pk}/missed/?since=x").status_code == 400
    stranger = Client()
    actions.leave_group(bob, conversation=group)
    stranger.force_login(bob)
    assert stranger.get(address).status_code == 404


def test_where_only_reactions_came_the_line_says_so(
    alice: User, bob: User, group: Conversation, client: Client
) -> None:
    seq = write(alice, group, SendMessage, body="mine")
    read(alice, group, seq)
    client.force_login(alice)
    assert "What changed" not in client.get(f"/c/{group.pk}/").content.decode()
    write(bob, group, AddReaction, target=seq, emoji="👍")
    assert "Since you were here" in client.get(f"/c/{group.pk}/").content.decode()


def test_what_happened_stands_below_the_line(alice: User, bob: User, group: Conversation, client: Client) -> None:
    read(bob, group, write(alice, group, SendMessage, body="hello"))
    actions.rename_group(alice, conversation=group, name="Walkers")
    client.force_login(bob)
    page = client.get(f"/c/{group.pk}/").content.decode()
    assert page.index("hello</div>") < page.index("Since you were here") < page.index("renamed this to")
