"""Parley as its clients meet it: a real server, real sockets, two or three people."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable

import httpx
import pytest

from messaging.hub import CLOSE_REVOKED
from tests.live import PASSWORD, Account, LiveServer

pytestmark = pytest.mark.server
REVOKED_WITHIN_SECONDS = 2.0


@pytest.fixture
def person(parley_server: LiveServer) -> Callable[[str], Account]:
    return parley_server.newcomer


@pytest.fixture
def cast(person: Callable[[str], Account]) -> tuple[Account, Account, Account]:
    return person("alice"), person("bob"), person("carol")


Cast = tuple[Account, Account, Account]


async def test_a_message_reaches_every_socket_of_every_member_and_nobody_else(cast: Cast) -> None:
    alice, bob, carol = cast
    group = alice.make_group(bob)
    sender, desk, phone, outsider = [await who.connect() for who in (alice, bob, bob, carol)]
    ack = await sender.say(group, "hello")
    for socket in (desk, phone, sender):
        if not any(frame["type"] == "message.sent" for frame in socket.told):
            await socket.expect("message.sent")
        [sent] = [frame for frame in socket.told if frame["type"] == "message.sent"]
        assert (sent["seq"], sent["body"], sent["author_id"], sent["key"]) == (
            ack["seq"],
            "hello",
            alice.id,
            ack["key"],
        )
    await outsider.ask(type="ping")
    assert [frame["type"] for frame in outsider.told] == ["welcome", "conversations.page", "pong"]


async def test_what_was_said_live_is_what_history_says(cast: Cast) -> None:
    alice, bob, _ = cast
    group = alice.make_group(bob)
    one, other = await alice.connect(), await bob.connect()
    for number in range(5):
        await (one, other)[number % 2].say(group, f"line {number}")
    live = [frame for frame in other.told if frame["type"] == "message.sent"]
    while len(live) < 5:
        live.append(await other.expect("message.sent"))
    page = await other.ask(type="history.get", conversation_id=group, after=2)
    assert page["changes"] == live
    assert page["complete"]
    rest = bob.api.get(f"conversations/{group}/messages", params={"after": 2}).json()
    assert rest["results"] == live


async def test_sends_of_one_socket_keep_their_order_without_waiting_for_acks(cast: Cast) -> None:
    alice, bob, _ = cast
    group = alice.make_group(bob)
    socket = await alice.connect()
    keys = [str(uuid.uuid4()) for _ in range(100)]
    for key in keys:
        await socket.send(type="message.send", key=key, conversation_id=group, body=key)
    acks = [await socket.expect("ack") for _ in keys]
    assert [ack["key"] for ack in acks] == keys
    assert [ack["seq"] for ack in acks] == list(range(acks[0]["seq"], acks[0]["seq"] + 100))


async def test_a_key_gives_one_message_on_any_transport(cast: Cast) -> None:
    alice, bob, _ = cast
    group = alice.make_group(bob)
    socket, key = await alice.connect(), str(uuid.uuid4())
    first = await socket.say(group, "once", key)
    again = await socket.say(group, "once", key)
    over_rest = alice.api.post(f"conversations/{group}/messages", json={"key": key, "body": "once"})
    assert "repeated" not in first
    assert (again["repeated"], again["seq"], again["id"]) == (True, first["seq"], first["id"])
    assert (over_rest.status_code, over_rest.json()["id"]) == (200, first["id"])
    other = alice.api.post(f"conversations/{group}/messages", json={"key": key, "body": "twice"})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert (await socket.say(group, "twice", key))["code"] == "key_reused"


async def test_a_message_over_rest_arrives_live(cast: Cast) -> None:
    alice, bob, _ = cast
    direct = alice.api.post("conversations", json={"user_id": bob.id})
    assert direct.status_code == 201
    assert alice.api.post("conversations", json={"user_id": bob.id}).status_code == 200
    place = direct.json()["id"]
    socket = await bob.connect()
    sent = alice.api.post(f"conversations/{place}/messages", json={"key": str(uuid.uuid4()), "body": "by REST"})
    assert sent.status_code == 201
    assert await socket.expect("message.sent") == sent.json()


async def test_unread_counts_and_marks_follow_on_every_device(cast: Cast) -> None:
    alice, bob, _ = cast
    group = alice.make_group(bob)
    sender = await alice.connect()
    acks = [await sender.say(group, str(number)) for number in range(3)]
    desk, phone = await bob.connect(), await bob.connect()
    assert desk.positions[group]["unread"] == 3
    marked = await desk.ask(type="read.mark", conversation_id=group, seq=acks[1]["seq"])
    assert (marked["read"], marked["unread"]) == (acks[1]["seq"], 1)
    assert (await phone.expect("read.marked"))["unread"] == 1
    [row] = bob.api.get("conversations").json()["results"]
    assert (row["unread"], row["head"], row["preview"]["text"]) == (1, acks[2]["seq"], "2")


async def test_who_comes_back_finds_what_was_said_meanwhile(cast: Cast) -> None:
    alice, bob, _ = cast
    group = alice.make_group(bob)
    away = await bob.connect()
    held = away.positions[group]["head"]
    await away.close()
    sender = await alice.connect()
    acks = [await sender.say(group, str(number)) for number in range(3)]
    back = await bob.connect()
    assert back.positions[group]["head"] == acks[-1]["seq"]
    page = await back.ask(type="history.get", conversation_id=group, after=held)
    assert [change["body"] for change in page["changes"]] == ["0", "1", "2"]


async def test_who_is_kicked_hears_nothing_more(cast: Cast) -> None:
    alice, bob, carol = cast
    group = alice.make_group(bob, carol)
    owner, kicked, stays = [await who.connect() for who in (alice, bob, carol)]
    removed = await asyncio.to_thread(alice.api.delete, f"groups/{group}/members/{bob.id}")
    assert removed.status_code == 204
    answered_at = time.monotonic()
    ack = await owner.say(group, "without bob")
    await stays.expect("message.sent")
    await kicked.expect("conversation.removed")
    refused = await kicked.say(group, "still here?")
    assert refused["code"] == "not_found"
    page = await kicked.ask(type="history.get", conversation_id=group)
    assert page["code"] == "not_found"
    assert time.monotonic() - answered_at < REVOKED_WITHIN_SECONDS
    assert not any(frame.get("seq") == ack["seq"] for frame in kicked.told)
    assert bob.api.get(f"conversations/{group}/messages").status_code == 404


async def test_who_is_added_hears_at_once(cast: Cast) -> None:
    alice, bob, carol = cast
    group = alice.make_group(bob)
    added = await carol.connect()
    carol.agree_to(alice)
    answer = await asyncio.to_thread(alice.api.post, f"groups/{group}/members", json={"user_id": carol.id})
    assert answer.status_code == 201
    assert (await added.expect("conversation.added"))["conversation_id"] == group
    joined = await added.expect("member.joined")
    assert (joined["user_id"], joined["author_id"]) == (carol.id, alice.id)
    assert (await added.say(group, "thanks"))["type"] == "ack"


async def test_a_deleted_group_is_gone_for_everyone(cast: Cast) -> None:
    alice, bob, _ = cast
    group = alice.make_group(bob)
    socket = await bob.connect()
    deleted = await asyncio.to_thread(alice.api.delete, f"groups/{group}")
    assert deleted.status_code == 204
    await socket.expect("conversation.removed")
    assert (await socket.say(group, "anyone?"))["code"] == "not_found"


async def test_a_block_closes_the_direct_conversation_both_ways_and_opens_it_again(cast: Cast) -> None:
    alice, bob, _ = cast
    place = alice.api.post("conversations", json={"user_id": bob.id}).json()["id"]
    mine, theirs = await alice.connect(), await bob.connect()
    assert (await theirs.say(place, "hi"))["type"] == "ack"
    await asyncio.to_thread(alice.api.put, f"users/{alice.id}/blocks/{bob.id}")
    for socket in (mine, theirs):
        assert (await socket.say(place, "hello?"))["code"] == "not_allowed"
    await asyncio.to_thread(alice.api.delete, f"users/{alice.id}/blocks/{bob.id}")
    assert (await theirs.say(place, "again"))["type"] == "ack"


async def test_signing_out_closes_the_sockets_of_that_session_only(cast: Cast) -> None:
    alice, _, _ = cast
    other = httpx.post(  # noqa: ASYNC210  # nothing else runs in this test
        f"{alice.server.url}/api/v1/login",
        json={"username": alice.username, "password": PASSWORD},
    ).json()
    desk, phone = await alice.connect(), await Account(alice.server, alice.id, other["token"], alice.username).connect()
    asked_at = time.monotonic()
    await asyncio.to_thread(alice.api.post, "logout")
    assert await desk.closed() == CLOSE_REVOKED
    assert time.monotonic() - asked_at < REVOKED_WITHIN_SECONDS
    assert (await phone.ask(type="ping"))["type"] == "pong"


async def test_a_session_that_ended_in_another_process_loses_its_sockets(cast: Cast) -> None:
    """No announcement reaches this worker; its own look at the sessions finds it out."""
    alice, _, _ = cast
    socket = await alice.connect()
    end = f"from accounts.models import Token; Token.objects.filter(user_id='{alice.id}').delete()"
    await asyncio.to_thread(alice.server.manage, "shell", "-c", end)
    assert await socket.closed() == CLOSE_REVOKED


async def test_a_ticket_opens_one_socket(cast: Cast) -> None:
    import websockets

    alice, _, _ = cast
    ticket = alice.ticket()
    offered = [websockets.Subprotocol("parley.v1"), websockets.Subprotocol(f"ticket.{ticket}")]
    address = alice.server.url.replace("http", "ws") + "/ws"
    async with websockets.connect(address, subprotocols=offered) as socket:
        assert socket.subprotocol == "parley.v1"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(address, subprotocols=offered)
    assert refused.value.response.status_code == 403


async def test_many_conversations_come_in_pages_newest_first(cast: Cast) -> None:
    alice, _, _ = cast
    groups = [alice.make_group() for _ in range(5)]
    socket = await alice.connect()
    await socket.say(groups[2], "up")
    answer = await socket.ask(type="conversations.get")
    ids = [row["conversation_id"] for row in answer["conversations"]]
    assert ids == [groups[2], groups[4], groups[3], groups[1], groups[0]]
    first = alice.api.get("conversations", params={"limit": 2}).json()
    second = alice.api.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == ids[:4]


# --- when the server goes away


async def test_what_was_acknowledged_survives_a_kill_and_a_retry_stays_one_message(own_server: LiveServer) -> None:
    alice, bob = own_server.sign_up("alice"), own_server.sign_up("bob")
    group = alice.make_group(bob)
    socket = await alice.connect()
    acked = [await socket.say(group, f"before {number}") for number in range(20)]
    unknown = [str(uuid.uuid4()) for _ in range(20)]
    for key in unknown:
        await socket.send(type="message.send", key=key, conversation_id=group, body=key)
    own_server.kill()
    own_server.start()
    back = await alice.connect()
    for key in unknown:
        assert (await back.say(group, key, key))["type"] == "ack"
    page = await back.ask(type="history.get", conversation_id=group, after=0, limit=200)
    changes = page["changes"]
    assert [change["seq"] for change in changes] == list(range(1, len(changes) + 1))
    keys = [change["key"] for change in changes if change["type"] == "message.sent"]
    assert len(keys) == len(set(keys)) == 40
    assert keys[:20] == [ack["key"] for ack in acked]


async def test_a_polite_stop_answers_what_was_accepted_and_says_so(own_server: LiveServer) -> None:
    alice = own_server.sign_up("alice")
    group = alice.make_group()
    socket = await alice.connect()
    for number in range(50):
        await socket.send(type="message.send", key=str(uuid.uuid4()), conversation_id=group, body=str(number))
    await socket.expect("ack")
    stopping = asyncio.create_task(asyncio.to_thread(own_server.stop))
    assert await socket.closed() == 1012
    await stopping
    acked = sum(frame["type"] == "ack" for frame in socket.told)
    own_server.start()
    messages = alice.api.get(f"conversations/{group}/messages", params={"limit": 200}).json()["results"]
    assert sum(change["type"] == "message.sent" for change in messages) >= acked > 0
    assert own_server.troubles() == []
