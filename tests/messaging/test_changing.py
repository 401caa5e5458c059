"""Editing and deleting as clients meet it: who may, what is told, what a retry is answered."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.live import Account, LiveServer, Socket

pytestmark = pytest.mark.server
Cast = tuple[Account, Account, Account]


@pytest.fixture
def cast(parley_server: LiveServer) -> Cast:
    """alice the owner, dora an admin, bob a member."""
    newcomer = parley_server.newcomer
    return newcomer("alice"), newcomer("dora"), newcomer("bob")


@pytest.fixture
def group(cast: Cast) -> str:
    alice, dora, bob = cast
    group = alice.make_group(dora, bob)
    assert alice.api.patch(f"groups/{group}/members/{dora.id}", json={"role": "admin"}).status_code == 200
    return group


def say(who: Account, group: str, body: str = "hello") -> dict[str, Any]:
    answer = who.api.post(f"conversations/{group}/messages", json={"key": str(uuid.uuid4()), "body": body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def edit(who: Account, group: str, seq: int, body: str = "better", key: str = "") -> Any:
    fields = {"key": key or str(uuid.uuid4()), "body": body}
    return who.api.patch(f"conversations/{group}/messages/{seq}", json=fields)


def delete(who: Account, group: str, seq: int, key: str = "") -> Any:
    fields = {"key": key or str(uuid.uuid4())}
    return who.api.request("DELETE", f"conversations/{group}/messages/{seq}", json=fields)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def write(socket: Socket, **command: Any) -> dict[str, Any]:
    command.setdefault("key", str(uuid.uuid4()))
    await socket.send(**command)
    while True:
        frame = await socket.receive()
        if frame.get("key") == command["key"] and frame["type"] in ("ack", "error"):
            return frame


def test_only_the_author_edits(cast: Cast, group: str) -> None:
    alice, dora, bob = cast
    seq = say(bob, group)["seq"]
    for other in (alice, dora):
        assert code(edit(other, group, seq)) == (403, "not_allowed")
    assert edit(bob, group, seq).json()["type"] == "message.edited"


def test_the_author_and_who_leads_the_group_delete(cast: Cast, group: str) -> None:
    alice, dora, bob = cast
    for deleter, author in ((bob, bob), (dora, bob), (alice, bob), (dora, alice)):
        seq = say(author, group)["seq"]
        assert delete(deleter, group, seq).json()["target"] == seq
    assert code(delete(bob, group, say(alice, group)["seq"])) == (403, "not_allowed")


def test_in_a_direct_conversation_each_deletes_their_own(cast: Cast) -> None:
    alice, _, bob = cast
    place = alice.api.post("conversations", json={"user_id": bob.id}).json()["id"]
    mine, theirs = say(alice, place), say(bob, place)
    assert code(delete(alice, place, theirs["seq"])) == (403, "not_allowed")
    assert bob.api.put(f"users/{bob.id}/blocks/{alice.id}").status_code == 201
    assert code(edit(alice, place, mine["seq"])) == (403, "not_allowed")
    assert delete(alice, place, mine["seq"]).status_code == 200  # taking back is no writing


def test_what_is_no_message_or_deleted_cannot_be_changed(cast: Cast, group: str) -> None:
    _, _, bob = cast
    seq = say(bob, group)["seq"]
    assert edit(bob, group, seq).status_code == 200
    for target in (1, seq + 1, seq + 2, 10**9):  # a creation, an edit, above the head
        for answer in (edit(bob, group, target), delete(bob, group, target)):
            assert code(answer) == (404, "not_a_message")
            assert answer.json()["field"] == "target"
    assert delete(bob, group, seq).status_code == 200
    assert code(edit(bob, group, seq)) == (409, "message_deleted")
    assert code(delete(bob, group, seq)) == (409, "message_deleted")


async def test_what_was_stored_is_acknowledged_again_even_of_a_deleted_message(cast: Cast, group: str) -> None:
    _, _, bob = cast
    socket = await bob.connect()
    sent = await socket.say(group, "hello", key := str(uuid.uuid4()))
    commands: list[dict[str, Any]] = [
        {"type": "message.send", "key": key, "conversation_id": group, "body": "hello"},
        {"type": "message.edit", "conversation_id": group, "target": sent["seq"], "body": "better"},
        {"type": "message.delete", "conversation_id": group, "target": sent["seq"]},
    ]
    for command in commands:
        command.setdefault("key", str(uuid.uuid4()))
    firsts = [await write(socket, **command) for command in commands]
    again = [await write(socket, **command) for command in commands]
    assert [(ack["seq"], ack["repeated"]) for ack in again] == [(ack["seq"], True) for ack in firsts]
    reused = await write(socket, **(commands[2] | {"key": commands[1]["key"]}))
    assert reused["code"] == "key_reused"
    await socket.close()


async def test_edits_and_deletions_are_told_in_order_with_their_numbers(cast: Cast, group: str) -> None:
    alice, _, bob = cast
    writer, reader = await bob.connect(), await alice.connect()
    sent = await writer.say(group, "hello")
    edited = await write(writer, type="message.edit", conversation_id=group, target=sent["seq"], body="**better**")
    deleted = await write(writer, type="message.delete", conversation_id=group, target=sent["seq"])
    assert [ack["seq"] - sent["seq"] for ack in (edited, deleted)] == [1, 2]
    gone = await reader.expect("message.deleted")
    [told] = [frame for frame in reader.told if frame["type"] == "message.edited"]
    assert (told["seq"], told["target"], told["html"]) == (edited["seq"], sent["seq"], "<p><strong>better</strong></p>")
    assert (gone["seq"], gone["target"], gone["author_id"]) == (deleted["seq"], sent["seq"], bob.id)
    page = await reader.ask(type="history.get", conversation_id=group, after=sent["seq"] - 1, limit=1)
    assert page["changes"][0]["deleted"] is True
    assert page["later"] == [gone]
    await writer.close()
    await reader.close()


def test_versions_come_oldest_first_and_go_with_the_message(cast: Cast, group: str) -> None:
    alice, _, bob = cast
    seq = say(bob, group, "one")["seq"]
    for body in ("two", "three"):
        edit(bob, group, seq, body)
    address = f"conversations/{group}/messages/{seq}/versions"
    assert [version["body"] for version in alice.api.get(address).json()["results"]] == ["one", "two", "three"]
    delete(bob, group, seq)
    results = alice.api.get(address).json()["results"]
    assert [version.get("body") for version in results] == [None, None, None]
    assert code(alice.api.get(f"conversations/{group}/messages/1/versions")) == (404, "not_a_message")


def test_a_page_over_rest_brings_later_changes(cast: Cast, group: str) -> None:
    _, _, bob = cast
    first, second = say(bob, group), say(bob, group)
    edited = edit(bob, group, first["seq"]).json()
    page = bob.api.get(f"conversations/{group}/messages", params={"before": second["seq"], "limit": 1}).json()
    assert (page["results"], page["later"]) == ([first], [edited])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"body": "a"}, "key"),
        ({"key": "a", "body": "a"}, "key"),
        ({"key": str(uuid.uuid4())}, "body"),
        ({"key": str(uuid.uuid4()), "body": ""}, "body"),
        ({"key": str(uuid.uuid4()), "body": " \u200b "}, "body"),
        ({"key": str(uuid.uuid4()), "body": "a" * 8001}, "body"),
        ({"key": str(uuid.uuid4()), "body": "a", "target": 1}, "target"),
        ({"key": str(uuid.uuid4()), "body": "a", "type": "message.delete"}, "type"),
    ],
)
def test_a_bad_edit_over_rest_names_what_is_wrong(cast: Cast, group: str, body: dict[str, Any], field: str) -> None:
    bob = cast[2]
    seq = say(bob, group)["seq"]
    answer = bob.api.patch(f"conversations/{group}/messages/{seq}", json=body)
    assert (code(answer), answer.json()["field"]) == ((400, "invalid"), field)
    assert len(bob.api.get(f"conversations/{group}/messages/{seq}/versions").json()["results"]) == 1


def react(who: Account, group: str, seq: int, emoji: str = "👍", *, add: bool = True, key: str = "") -> Any:
    address = f"conversations/{group}/messages/{seq}/reactions/{emoji}"
    return who.api.request("PUT" if add else "DELETE", address, json={"key": key or str(uuid.uuid4())})


def test_reactions_come_and_go_and_are_told_live_and_in_pages(cast: Cast, group: str) -> None:
    alice, dora, bob = cast
    seq = say(bob, group)["seq"]
    added = [react(who, group, seq, "❤").json() for who in (alice, dora)]
    assert [change["emoji"] for change in added] == ["❤️", "❤️"]
    removed = react(alice, group, seq, "❤️", add=False).json()
    page = bob.api.get(f"conversations/{group}/messages", params={"after": seq - 1, "limit": 1}).json()
    assert page["later"] == [added[1], removed]


def test_a_reaction_is_safe_to_repeat_and_its_key_is_its_own(cast: Cast, group: str) -> None:
    alice, _, bob = cast
    seq, key = say(bob, group)["seq"], str(uuid.uuid4())
    first = react(alice, group, seq, key=key).json()
    assert react(alice, group, seq, key=key).json() == first
    assert code(react(alice, group, seq, "🎉", key=key)) == (409, "key_reused")
    assert code(react(alice, group, seq, add=False, key=key)) == (409, "key_reused")
    assert delete(bob, group, seq).status_code == 200
    assert react(alice, group, seq, key=key).json() == first
    assert code(react(alice, group, seq)) == (409, "message_deleted")


def test_a_message_takes_twenty_kinds_of_reaction(cast: Cast, group: str) -> None:
    alice, _, bob = cast
    seq = say(bob, group)["seq"]
    keys = [str(uuid.uuid4()) for _ in range(20)]
    for number, key in enumerate(keys):
        assert react(alice, group, seq, chr(0x1F600 + number), key=key).status_code == 200
    assert code(react(bob, group, seq, "👍")) == (409, "too_many_reactions")
    assert code(react(alice, group, seq, "👍")) == (409, "too_many_reactions")
    assert react(alice, group, seq, chr(0x1F600), key=keys[0]).status_code == 200
    assert react(bob, group, seq, chr(0x1F600)).status_code == 200


def test_readers_of_a_channel_react_and_the_blocked_do_not(cast: Cast) -> None:
    alice, _, bob = cast
    place = alice.api.post("conversations", json={"user_id": bob.id}).json()["id"]
    seq = say(alice, place)["seq"]
    assert react(bob, place, seq).status_code == 200
    assert alice.api.put(f"users/{alice.id}/blocks/{bob.id}").status_code == 201
    assert code(react(bob, place, seq, add=False)) == (403, "not_allowed")


@pytest.mark.parametrize("emoji", ["a", "%F0%9F%91%8D%F0%9F%91%8D", "%20", "1", "%F0%9F%8F%BD", "%E2%80%8D", "a" * 40])
def test_what_is_no_emoji_is_no_reaction(cast: Cast, group: str, emoji: str) -> None:
    bob = cast[2]
    answer = react(bob, group, say(bob, group)["seq"], emoji)
    assert (code(answer), answer.json()["field"]) == ((400, "invalid"), "emoji")


def reply(who: Account, group: str, to: int, body: str = "yes", key: str = "") -> Any:
    fields = {"key": key or str(uuid.uuid4()), "body": body, "reply_to": to}
    return who.api.post(f"conversations/{group}/messages", json=fields)


def test_a_reply_names_a_message_of_its_conversation(cast: Cast, group: str) -> None:
    alice, _, bob = cast
    seq = say(bob, group)["seq"]
    answer = reply(alice, group, seq)
    assert (answer.status_code, answer.json()["reply_to"]) == (201, seq)
    other = say(alice, alice.make_group(), "elsewhere")["seq"] + 100
    for target in (1, other, seq + 50):
        refused = reply(alice, group, target)
        assert (code(refused), refused.json()["field"]) == ((404, "not_a_message"), "reply_to")
    assert "reply_to" not in say(bob, group)


def test_a_reply_is_safe_to_repeat_even_when_what_it_answers_was_deleted(cast: Cast, group: str) -> None:
    alice, _, bob = cast
    seq, key = say(bob, group)["seq"], str(uuid.uuid4())
    first = reply(alice, group, seq, key=key).json()
    assert code(reply(alice, group, first["seq"], key=key)) == (409, "key_reused")
    assert delete(bob, group, seq).status_code == 200
    again = reply(alice, group, seq, key=key)
    assert (again.status_code, again.json()) == (200, first)
    refused = reply(alice, group, seq)
    assert (code(refused), refused.json()["field"]) == ((409, "message_deleted"), "reply_to")
