"""Channels: their owner and admins post, any number read, and everybody may react."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from tests.live import Account, Socket
from tests.wire.conftest import Cast

pytestmark = pytest.mark.server


def make_channel(owner: Account, *readers: Account, **fields: Any) -> str:
    return owner.make_group(*readers, kind="channel", **fields)


def post(account: Account, channel: str, body: str) -> httpx.Response:
    return account.api.post(f"conversations/{channel}/messages", json={"key": str(uuid.uuid4()), "body": body})


def set_role(owner: Account, channel: str, user: Account, role: str) -> None:
    answer = owner.api.patch(f"groups/{channel}/members/{user.id}", json={"role": role})
    assert answer.status_code == 200, answer.text


async def codes_of(socket: Socket, account: Account, channel: str) -> tuple[str, str]:
    """What a try to post is answered with, on the socket and over REST: a code, or nothing."""
    told = await socket.say(channel, "Let me say this")
    answered = await asyncio.to_thread(post, account, channel, "And this")
    return told.get("code", ""), answered.json().get("code", "")


async def test_a_channel_is_found_joined_and_read_and_only_its_admins_post(cast: Cast) -> None:
    name = f"News {uuid.uuid4().hex[:8]}"
    channel = await asyncio.to_thread(make_channel, cast.alice, name=name, is_public=True)
    [listed] = cast.carol.api.get("groups", params={"search": name}).json()["results"]
    assert (listed["kind"], listed["members_count"]) == ("channel", 1)
    alice, carol = await cast.alice.connect(), await cast.carol.connect()
    joined = await asyncio.to_thread(cast.carol.api.post, "groups/join", json={"name": name})
    assert (joined.status_code, joined.json()["role"]) == (201, "member")
    await carol.send(type="conversation.watch", conversation_id=channel)
    await carol.ask(type="ping")
    sent = await alice.say(channel, "The bridge is closed")
    heard = await carol.expect("message.sent", lambda told: told["conversation_id"] == channel)
    assert heard["body"] == "The bridge is closed"
    assert await codes_of(carol, cast.carol, channel) == ("only_admins_post", "only_admins_post")
    await carol.send(
        type="reaction.add", key=str(uuid.uuid4()), conversation_id=channel, target=sent["seq"], emoji="👍"
    )
    assert (await carol.expect("ack"))["conversation_id"] == channel
    receipts = cast.alice.api.get(f"conversations/{channel}/receipts").json()
    assert receipts == {"people": [], "reads": None}
    await asyncio.to_thread(set_role, cast.alice, channel, cast.carol, "admin")
    assert await codes_of(carol, cast.carol, channel) == ("", "")
    await asyncio.to_thread(set_role, cast.alice, channel, cast.carol, "member")
    assert await codes_of(carol, cast.carol, channel) == ("only_admins_post", "only_admins_post")
    for socket in (alice, carol):
        await socket.close()


async def test_who_may_not_post_may_not_edit_type_or_name_everybody(cast: Cast) -> None:
    channel = await asyncio.to_thread(make_channel, cast.alice, cast.bob)
    await asyncio.to_thread(set_role, cast.alice, channel, cast.bob, "admin")
    alice, bob = await cast.alice.connect(), await cast.bob.connect()
    await alice.send(type="conversation.watch", conversation_id=channel)
    await alice.ask(type="ping")
    sent = await bob.say(channel, "@all come and see")
    heard = await alice.expect("message.sent", lambda told: told["conversation_id"] == channel)
    assert heard["mentions_all"]
    await asyncio.to_thread(set_role, cast.alice, channel, cast.bob, "member")
    about = {"conversation_id": channel, "target": sent["seq"]}
    await bob.send(type="message.edit", key=str(uuid.uuid4()), body="@all go home", **about)
    assert (await bob.expect("error"))["code"] == "only_admins_post"
    await bob.send(type="typing.start", conversation_id=channel)
    assert (await bob.expect("error"))["code"] == "only_admins_post"
    await bob.send(type="message.delete", key=str(uuid.uuid4()), **about)
    assert (await bob.expect("ack"))["conversation_id"] == channel
    for socket in (alice, bob):
        await socket.close()


async def test_who_does_not_show_a_channel_counts_it_exactly_by_hints(cast: Cast) -> None:
    channel = await asyncio.to_thread(make_channel, cast.alice, cast.bob)
    alice, bob = await cast.alice.connect(), await cast.bob.connect()
    bobs = (await asyncio.to_thread(cast.bob.api.get, "me")).json()["username"]
    position = bob.positions[channel]
    head, unread, mentions = position["head"], position["unread"], position["mentions"]
    for number in range(12):
        await alice.say(channel, f"line {number}" if number % 4 else f"line {number} for @{bobs}")
    while head < position["head"] + 12:
        hint = await bob.expect("conversation.hinted", lambda told: told["conversation_id"] == channel)
        assert hint["after"] <= head
        new = [one for one in hint["messages"] if one["seq"] > head]
        unread += len(new)
        mentions += len([one for one in new if cast.bob.id in one.get("mentions", [])])
        head = hint["head"]
    assert hint["previews"][0]["text"] == "line 11"
    row = (await asyncio.to_thread(cast.bob.api.get, f"conversations/{channel}")).json()
    assert (head, unread, mentions) == (row["head"], row["unread"], row["mentions"]) == (position["head"] + 12, 12, 3)
    assert not [told for told in bob.told if told["type"] == "message.sent"]
    # Removed: neither whole nor hinted at, and nothing to read.
    removed = await asyncio.to_thread(cast.alice.api.delete, f"groups/{channel}/members/{cast.bob.id}")
    assert removed.status_code == 204
    await bob.expect("conversation.removed")
    await alice.say(channel, "without bob")
    assert (await bob.ask(type="history.get", conversation_id=channel))["code"] == "not_found"
    assert (await bob.ask(type="ping"))["type"] == "pong"
    assert bob.told[-1]["type"] == "pong"
    assert not [told for told in bob.told if told.get("head", 0) > head and told["type"] == "conversation.hinted"]
    for socket in (alice, bob):
        await socket.close()


def test_members_of_a_channel_are_read_page_by_page(cast: Cast) -> None:
    channel = make_channel(cast.alice, cast.bob, cast.carol)
    seen, address = [], f"groups/{channel}/members?limit=1"
    while address:
        page = cast.bob.api.get(address).json()
        seen += [row["user"]["id"] for row in page["results"]]
        address = page["next"]
    assert seen == [cast.alice.id, cast.bob.id, cast.carol.id]


@pytest.mark.parametrize("kind", ["direct", "Channel", "", None, 1, ["channel"]])
def test_of_kinds_one_makes_groups_and_channels(cast: Cast, kind: Any) -> None:
    answer = cast.alice.api.post("groups", json={"name": "Odd", "kind": kind})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", "kind")
