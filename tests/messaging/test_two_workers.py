"""Two workers that share a database and a Redis: what one is told, the members at the other hear."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator

import pytest

from messaging.hub import CLOSE_REVOKED
from tests.live import Workers, two_workers
from tests.live_redis import LiveRedis
from tests.messaging.conftest import Cast

pytestmark = pytest.mark.server
HEALED_WITHIN_SECONDS = 5.0
REVOKED_WITHIN_SECONDS = 2.0


@pytest.fixture(scope="module")
def workers(redis_server: LiveRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("shared")
    # A window as long as a day: no test meets its end.
    with two_workers(folder, REDIS_URL=redis_server.url, PARLEY_LIMIT_LOGIN_USERNAME="10/day") as pair:
        yield pair


async def test_what_is_said_at_one_worker_is_heard_at_the_other_in_order(cast: Cast) -> None:
    alice, bob = cast
    group = alice.make_group(bob)
    one, other = await alice.connect(), await bob.connect()
    for number in range(40):
        await (one, other)[number % 2].say(group, str(number))
    for socket in (one, other):
        heard = [frame["body"] for frame in socket.told if frame["type"] == "message.sent"]
        while len(heard) < 40:
            heard.append((await socket.expect("message.sent"))["body"])
        assert heard == [str(number) for number in range(40)]


async def test_both_writing_at_once_gives_both_the_same_order(cast: Cast) -> None:
    alice, bob = cast
    group = alice.make_group(bob)
    one, other = await alice.connect(), await bob.connect()

    async def talk_and_listen(socket: object, name: str) -> list[str]:
        for number in range(100):
            await socket.send(  # type: ignore[attr-defined]
                type="message.send", key=str(uuid.uuid4()), conversation_id=group, body=f"{name}{number}"
            )
        return [(await socket.expect("message.sent"))["body"] for _ in range(200)]  # type: ignore[attr-defined]

    first, second = await asyncio.gather(talk_and_listen(one, "a"), talk_and_listen(other, "b"))
    assert first == second
    assert len(set(first)) == 200


async def test_who_writes_at_one_worker_is_seen_by_who_looks_at_the_other(cast: Cast) -> None:
    alice, bob = cast
    group = alice.make_group(bob)
    writer, looker = await alice.connect(), await bob.connect()
    await looker.send(type="conversation.watch", conversation_id=group)
    await looker.ask(type="ping")
    await writer.send(type="typing.start", conversation_id=group)
    assert (await looker.expect("typing.started"))["user_id"] == alice.id


async def test_a_channel_hints_and_a_kick_bites_at_the_other_worker(cast: Cast) -> None:
    alice, bob = cast
    channel = alice.make_group(bob, kind="channel")
    owner, reader = await alice.connect(), await bob.connect()
    await owner.say(channel, "one")
    hint = await reader.expect("conversation.hinted")
    assert (hint["conversation_id"], hint["previews"][0]["text"]) == (channel, "one")
    await reader.send(type="conversation.watch", conversation_id=channel)
    await reader.ask(type="ping")
    await owner.say(channel, "two")
    assert (await reader.expect("message.sent"))["body"] == "two"
    assert (await reader.say(channel, "three"))["code"] == "only_admins_post"
    role = f"groups/{channel}/members/{bob.id}"
    assert (await asyncio.to_thread(alice.api.patch, role, json={"role": "admin"})).status_code == 200
    await reader.expect("member.role_changed")
    assert (await reader.say(channel, "three"))["type"] == "ack"
    assert (await asyncio.to_thread(alice.api.delete, role)).status_code == 204
    answered_at = time.monotonic()
    await reader.expect("conversation.removed")
    assert time.monotonic() - answered_at < REVOKED_WITHIN_SECONDS
    assert (await reader.say(channel, "four"))["code"] == "not_found"
    await owner.say(channel, "without bob")
    assert (await reader.ask(type="ping"))["type"] == "pong"
    assert reader.told[-1]["type"] == "pong"


async def test_a_ticket_of_one_worker_opens_a_socket_at_the_other_once(cast: Cast) -> None:
    _, bob = cast
    socket = await bob.connect()
    assert (await socket.ask(type="ping"))["type"] == "pong"


async def test_a_kick_at_one_worker_bites_at_the_other(cast: Cast) -> None:
    alice, bob = cast
    group = alice.make_group(bob)
    owner, kicked = await alice.connect(), await bob.connect()
    removed = await asyncio.to_thread(alice.api.delete, f"groups/{group}/members/{bob.id}")
    answered_at = time.monotonic()
    assert removed.status_code == 204
    await kicked.expect("conversation.removed")
    assert time.monotonic() - answered_at < REVOKED_WITHIN_SECONDS
    ack = await owner.say(group, "without bob")
    assert (await kicked.say(group, "hello?"))["code"] == "not_found"
    assert not any(frame.get("seq") == ack["seq"] for frame in kicked.told)


async def test_who_is_added_at_one_worker_hears_at_the_other(cast: Cast) -> None:
    alice, bob = cast
    group = alice.make_group()
    bob.agree_to(alice)
    owner, added = await alice.connect(), await bob.connect()
    await asyncio.to_thread(alice.api.post, f"groups/{group}/members", json={"user_id": bob.id})
    await added.expect("conversation.added")
    await owner.say(group, "welcome")
    assert (await added.expect("message.sent"))["body"] == "welcome"


async def test_a_session_ended_at_one_worker_loses_its_sockets_at_the_other(cast: Cast) -> None:
    alice, _ = cast
    socket = await alice.at(cast[1].server).connect()
    asked_at = time.monotonic()
    await asyncio.to_thread(alice.api.post, "logout")
    assert await socket.closed() == CLOSE_REVOKED
    assert time.monotonic() - asked_at < REVOKED_WITHIN_SECONDS


async def test_read_marks_reach_the_other_device_at_the_other_worker(cast: Cast, workers: Workers) -> None:
    alice, bob = cast
    group = alice.make_group(bob)
    sender, desk, phone = await alice.connect(), await bob.connect(), await bob.at(workers[0]).connect()
    ack = await sender.say(group, "hello")
    await desk.ask(type="read.mark", conversation_id=group, seq=ack["seq"])
    assert (await phone.expect("read.marked"))["unread"] == 0


async def test_tries_to_sign_in_are_counted_by_all_workers_together(workers: Workers) -> None:
    name = f"nobody-{uuid.uuid4().hex[:8]}"
    codes = [workers[number % 2].sign_in(name, "wrong") for number in range(12)]
    assert codes == [401] * 10 + [429] * 2


async def test_what_was_lost_with_redis_is_healed_soon_after_it_is_back(cast: Cast, redis_server: LiveRedis) -> None:
    alice, bob = cast
    group = alice.make_group(bob)
    one, other = await alice.connect(), await bob.connect()
    await one.say(group, "before")
    await other.expect("message.sent")
    await asyncio.to_thread(redis_server.kill)
    for number in range(3):
        assert (await one.say(group, f"meanwhile {number}"))["type"] == "ack"
    await asyncio.to_thread(redis_server.start)
    back_at = time.monotonic()
    bodies = [(await other.expect("message.sent"))["body"] for _ in range(3)]
    assert bodies == ["meanwhile 0", "meanwhile 1", "meanwhile 2"]
    assert time.monotonic() - back_at < HEALED_WITHIN_SECONDS + 1
    await one.say(group, "after")
    assert (await other.expect("message.sent"))["body"] == "after"


async def test_who_is_removed_while_redis_is_away_hears_nothing_more_though_others_go_on(
    cast: Cast, workers: Workers, redis_server: LiveRedis
) -> None:
    alice, bob = cast
    carol = workers[1].newcomer("carol")
    group = alice.make_group(bob, carol)
    gone, stays = await bob.connect(), await carol.connect()
    await stays.say(group, "before")
    await gone.expect("message.sent")
    await asyncio.to_thread(redis_server.kill)
    try:
        removed = await asyncio.to_thread(alice.api.delete, f"groups/{group}/members/{bob.id}")
        assert removed.status_code == 204
        for number in range(20):
            assert (await stays.say(group, f"without bob {number}"))["type"] == "ack"
        await gone.expect("conversation.removed")
        assert (await gone.say(group, "still here"))["code"] == "not_found"
    finally:
        await asyncio.to_thread(redis_server.start)
    assert (await gone.ask(type="ping"))["type"] == "pong"
    assert [frame["body"] for frame in gone.told if frame["type"] == "message.sent"] == ["before"]


async def test_who_comes_back_just_after_they_were_removed_while_redis_was_away_is_no_member(
    cast: Cast, workers: Workers, redis_server: LiveRedis
) -> None:
    alice, bob = cast
    carol = workers[1].newcomer("carol")
    group, elsewhere = alice.make_group(bob), alice.make_group(carol)
    owner, neighbour, earlier = await alice.connect(), await carol.connect(), await bob.connect()
    await earlier.close()
    await asyncio.to_thread(redis_server.kill)
    assert (await asyncio.to_thread(alice.api.delete, f"groups/{group}/members/{bob.id}")).status_code == 204
    await asyncio.to_thread(redis_server.start)
    removed = await bob.connect()
    await owner.say(elsewhere, "does their worker hear?")
    await neighbour.expect("message.sent")
    for number in range(20):
        await owner.say(group, f"without bob {number}")
    await owner.say(elsewhere, "it does")
    await neighbour.expect("message.sent")
    assert (await removed.say(group, "still here"))["code"] == "not_found"
    assert not any(frame["type"] == "message.sent" for frame in removed.told)


async def test_who_was_added_while_redis_was_away_hears_soon_after_it_is_back(
    cast: Cast, redis_server: LiveRedis
) -> None:
    alice, bob = cast
    group = alice.make_group()
    bob.agree_to(alice)
    owner, added = await alice.connect(), await bob.connect()
    assert (await added.say(group, "let me in"))["code"] == "not_found"
    await asyncio.to_thread(redis_server.kill)
    try:
        joined = await asyncio.to_thread(alice.api.post, f"groups/{group}/members", json={"user_id": bob.id})
        assert joined.status_code == 201
        # A send that is refused is not sent again.
        assert (await added.say(group, "here"))["type"] == "ack"
    finally:
        await asyncio.to_thread(redis_server.start)
    back_at = time.monotonic()
    # Redis may have been away for the test before, too: then the worker looks up who is where before this one is over.
    if not any(frame["type"] == "conversation.added" for frame in added.told):
        await added.expect("conversation.added")
    assert time.monotonic() - back_at < HEALED_WITHIN_SECONDS
    await owner.say(group, "welcome")
    while (await added.expect("message.sent"))["body"] != "welcome":
        pass


async def test_a_redis_that_hangs_delays_nobody_who_is_connected(cast: Cast, redis_server: LiveRedis) -> None:
    alice, bob = cast
    group = alice.make_group(bob)
    one = await alice.connect()
    redis_server.freeze()
    try:
        began = time.monotonic()
        assert (await one.say(group, "still here"))["type"] == "ack"
        assert time.monotonic() - began < 1
    finally:
        redis_server.thaw()
