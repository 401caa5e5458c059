"""Pinned and saved messages: who may, what is told, and when they are gone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from rest_framework.test import APIClient

from accounts import actions as people
from accounts.models import User
from groups import actions
from groups.models import Conversation
from messaging import actions as talk
from messaging import saved
from messaging.history import history
from messaging.models import SavedMessage
from messaging.protocol import DeleteMessage, EditMessage, SendMessage
from tests.live import LiveServer
from tests.messaging.conftest import message, pin
from tests.people import add_member

pytestmark = pytest.mark.django_db(transaction=True)
Api = Callable[..., APIClient]


def say(user: User, place: Conversation, body: str = "hello") -> int:
    command = SendMessage(key=uuid.uuid4(), conversation_id=place.pk, body=body)
    return async_to_sync(talk.write)(user.pk, command).change.seq


def delete(user: User, place: Conversation, seq: int) -> None:
    async_to_sync(talk.write)(user.pk, DeleteMessage(key=uuid.uuid4(), conversation_id=place.pk, target=seq))


def put_pin(client: APIClient, place: Conversation, seq: int, *, method: str = "put", key: str = "") -> Any:
    body = {"key": key or str(uuid.uuid4())}
    return getattr(client, method)(f"/api/v1/conversations/{place.pk}/messages/{seq}/pin", body, format="json")


def pins(client: APIClient, place: Conversation) -> list[str]:
    return [row["text"] for row in client.get(f"/api/v1/conversations/{place.pk}/pins").json()["results"]]


def test_the_last_pinned_comes_first_as_it_is_now(alice: User, bob: User, group: Conversation, api: Api) -> None:
    client = api(alice)
    one, two, three = (say(bob, group, word) for word in ("one", "two", "three"))
    for seq in (one, two, three):
        assert put_pin(client, group, seq).json()["type"] == "message.pinned"
    async_to_sync(talk.write)(
        bob.pk, EditMessage(key=uuid.uuid4(), conversation_id=group.pk, target=one, body="**uno**")
    )
    assert pins(api(bob), group) == ["three", "two", "uno"]
    delete(bob, group, three)
    assert put_pin(client, group, two, method="delete").json()["target"] == two
    assert pins(api(bob), group) == ["uno"]
    refused = put_pin(client, group, three)
    assert (refused.status_code, refused.json()["code"]) == (409, "message_deleted")
    key = str(uuid.uuid4())
    again = [put_pin(client, group, two, key=key).json()["seq"] for _ in range(2)]
    assert again[0] == again[1]


def test_in_a_direct_conversation_both_pin_unless_one_blocks(alice: User, carol: User, api: Api) -> None:
    direct, _ = actions.open_direct(alice, carol)
    seq = say(alice, direct)
    assert put_pin(api(carol), direct, seq).status_code == 200
    people.block_user(alice, blocked=carol)
    assert put_pin(api(carol), direct, seq, method="delete").json()["code"] == "not_allowed"


def test_pins_are_bounded_and_deleted_messages_take_no_room(
    alice: User, bob: User, group: Conversation, api: Api
) -> None:
    async def fill() -> list[Any]:
        stored = await history().commit([message(group.pk, bob.pk, f"line {n}") for n in range(51)])
        await history().commit([pin(one, alice.pk) for one in stored[:50]])
        return stored

    stored = async_to_sync(fill)()
    last = stored[50].change.seq
    assert put_pin(api(alice), group, last).json()["code"] == "too_many_pins"
    assert put_pin(api(alice), group, stored[0].change.seq).status_code == 200
    delete(bob, group, stored[7].change.seq)
    assert put_pin(api(alice), group, last).status_code == 200


def test_pins_without_scripts(alice: User, bob: User, group: Conversation, api: Api, client: Client) -> None:
    seq = say(bob, group, "the plan")
    assert "pinned message" not in _page(client, bob, f"/c/{group.pk}/")
    put_pin(api(alice), group, seq)
    assert "1 pinned message<" in _page(client, bob, f"/c/{group.pk}/")
    page = _page(client, bob, f"/c/{group.pk}/pins/")
    assert "the plan" in page
    assert f"/c/{group.pk}/?at={seq}" in page
    assert "Unpin" not in page
    assert client.post(f"/c/{group.pk}/pins/{seq}/unpin/").status_code == 403
    assert "Unpin" in _page(client, alice, f"/c/{group.pk}/pins/")
    assert client.post(f"/c/{group.pk}/pins/{seq}/unpin/").status_code == 302
    assert pins(api(bob), group) == []


def _page(client: Client, user: User, address: str) -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def keep(client: APIClient, place: Conversation, seq: int, method: str = "put") -> Any:
    return getattr(client, method)(f"/api/v1/conversations/{place.pk}/messages/{seq}/saved")


def kept(client: APIClient, **parameters: Any) -> list[str]:
    answer = client.get("/api/v1/saved", parameters)
    assert answer.status_code == 200, answer.content
    return [row["text"] for row in answer.json()["results"]]


def test_saved_messages_are_ones_own(alice: User, bob: User, carol: User, group: Conversation, api: Api) -> None:
    direct, _ = actions.open_direct(alice, carol)
    one, two = say(bob, group, "one"), say(carol, direct, "two")
    client = api(alice)
    assert [keep(client, group, one).status_code for _ in range(2)] == [201, 200]
    assert keep(client, direct, two).status_code == 201
    assert kept(client) == ["two", "one"]
    assert kept(client, conversation_id=group.pk) == ["one"]
    assert kept(api(bob)) == kept(api(carol)) == []
    page = client.get("/api/v1/saved", {"limit": 1}).json()
    assert [row["seq"] for row in client.get(page["next"]).json()["results"]] == [one]
    assert keep(client, group, one, "delete").status_code == 204
    assert keep(client, group, one, "delete").json()["code"] == "not_found"
    assert kept(client) == ["two"]


def test_what_cannot_be_saved_is_refused(
    alice: User, bob: User, carol: User, group: Conversation, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    seq, gone = say(bob, group), say(bob, group)
    delete(bob, group, gone)
    client = api(alice)
    assert keep(api(carol), group, seq).json()["code"] == "not_found"
    assert keep(client, group, 1).json()["code"] == "not_a_message"
    assert keep(client, group, 2**60).json()["code"] == "not_a_message"
    assert keep(client, group, gone).json()["code"] == "message_deleted"
    assert client.get("/api/v1/saved", {"conversation_id": "x"}).json()["field"] == "conversation_id"
    monkeypatch.setattr(saved, "SAVED_MOST", 1)
    assert keep(client, group, seq).status_code == 201
    assert keep(client, group, seq).status_code == 200
    assert keep(client, group, say(bob, group)).json()["code"] == "too_many_saved"


def test_saved_messages_go_with_their_message_and_with_the_membership(
    alice: User, bob: User, group: Conversation, api: Api
) -> None:
    one, two = say(alice, group, "one"), say(alice, group, "two")
    for seq in (one, two):
        keep(api(bob), group, seq)
    delete(alice, group, two)
    assert kept(api(bob)) == ["one"]
    assert SavedMessage.objects.count() == 1
    actions.remove_member(alice, conversation=group, user=bob)
    add_member(alice, conversation=group, user=bob)
    assert kept(api(bob)) == []
    assert not SavedMessage.objects.exists()


@pytest.mark.server
async def test_all_sockets_of_who_saved_are_told_and_no_others(parley_server: LiveServer) -> None:
    alice, bob = (parley_server.newcomer(name) for name in ("alice", "bob"))
    group = alice.make_group(bob)
    one, other, hers = await bob.connect(), await bob.connect(), await alice.connect()
    seq = (await hers.say(group, "keep this"))["seq"]
    path = f"conversations/{group}/messages/{seq}/saved"
    for method, statuses, is_saved in (("PUT", (201, 200), True), ("DELETE", (204, 404), False)):
        assert tuple(bob.api.request(method, path).status_code for _ in statuses) == statuses
        for socket in (one, other):
            told = await socket.expect("saved.changed")
            assert (told["conversation_id"], told["seq"], told["is_saved"]) == (group, seq, is_saved)
    for socket in (one, hers):
        await socket.ask(type="ping")
    assert [[frame["type"] for frame in socket.told].count("saved.changed") for socket in (one, hers)] == [2, 0]


def test_saved_messages_have_a_page(alice: User, bob: User, group: Conversation, api: Api, client: Client) -> None:
    seq = say(bob, group, "keep me")
    keep(api(alice), group, seq)
    page = _page(client, alice, "/saved/")
    assert "keep me" in page
    assert f"/c/{group.pk}/?at={seq}" in page
    for _ in range(2):
        assert client.post(f"/saved/{group.pk}/{seq}/remove/").status_code == 302
    assert "Nothing saved" in _page(client, alice, "/saved/")
