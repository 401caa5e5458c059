"""Slow mode: who waits, for how long, and that a message that was let through is never held back again."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.errors import InvalidError, NotAllowedError, NotFoundError
from accounts.models import User
from groups import actions
from groups.models import SLOWNESSES, Conversation, PendingChange
from messaging import actions as talk
from messaging import slowness
from messaging.errors import SlowModeError
from messaging.history import Page
from messaging.protocol import EditMessage, ForwardMessage, MessageSent, SendMessage, encode
from messaging.slowness import Place, take_turn
from tests.live import two_workers
from tests.live_redis import LiveRedis
from tests.messaging.test_kept import say
from tests.people import add_member

Api = Callable[..., APIClient]


@pytest.fixture
def slow(alice: User, group: Conversation) -> Conversation:
    return actions.slow_group(alice, conversation=group, slow_seconds=30)


@pytest.mark.django_db
def test_owners_and_admins_make_a_group_slow_and_it_is_a_change(
    alice: User, bob: User, carol: User, group: Conversation, told: Any
) -> None:
    with told() as heard:
        for _ in range(2):
            actions.slow_group(alice, conversation=group, slow_seconds=30)
    changes = PendingChange.objects.filter(conversation_id=group.pk, type="conversation.slowed")
    assert [(change.author_id, change.details) for change in changes] == [(alice.pk, {"slow_seconds": 30})]
    assert len(heard) == 1
    with pytest.raises(NotAllowedError):
        actions.slow_group(bob, conversation=group, slow_seconds=0)
    with pytest.raises(NotFoundError):
        actions.slow_group(carol, conversation=group, slow_seconds=0)
    with pytest.raises(InvalidError):
        actions.slow_group(alice, conversation=group, slow_seconds=11)


@pytest.mark.django_db(transaction=True)
def test_a_member_waits_and_whoever_has_a_role_does_not(
    alice: User, bob: User, slow: Conversation, make_user: Callable[..., User]
) -> None:
    dora = make_user("dora")
    add_member(alice, conversation=slow, user=dora)
    actions.change_role(alice, conversation=slow, user=dora, role="admin")
    seq, *_ = [say(user, slow) for user in (alice, alice, dora, dora, bob)]
    with pytest.raises(SlowModeError) as refused:
        say(bob, slow)
    assert 25 < refused.value.retry_after <= 30
    forward = ForwardMessage(key=uuid.uuid4(), conversation_id=slow.pk, source_id=slow.pk, source_seq=seq)
    with pytest.raises(SlowModeError):
        async_to_sync(talk.write)(bob.pk, forward)
    actions.change_role(alice, conversation=slow, user=bob, role="admin")
    say(bob, slow)
    actions.change_role(alice, conversation=slow, user=bob, role="member")
    with pytest.raises(SlowModeError):
        say(bob, slow)
    actions.slow_group(alice, conversation=slow, slow_seconds=0)
    say(bob, slow)


@pytest.mark.django_db(transaction=True)
def test_another_try_gives_the_first_result_and_costs_nothing(alice: User, bob: User, slow: Conversation) -> None:
    command = SendMessage(key=uuid.uuid4(), conversation_id=slow.pk, body="hello")
    write = async_to_sync(talk.write)
    first, again = write(bob.pk, command), write(bob.pk, command)
    assert (again.repeated, again.change.seq) == (True, first.change.seq)
    write(bob.pk, EditMessage(key=uuid.uuid4(), conversation_id=slow.pk, target=first.change.seq, body="better"))
    other = SendMessage(key=uuid.uuid4(), conversation_id=slow.pk, body="too soon")
    for _ in range(2):
        with pytest.raises(SlowModeError):
            write(bob.pk, other)
    _, at = slowness._last[slow.pk, bob.pk]
    slowness._last[slow.pk, bob.pk] = uuid.uuid4(), at - 30  # their time is over, and another message was the last
    assert write(bob.pk, command).repeated
    assert not write(bob.pk, other).repeated


@pytest.mark.django_db(transaction=True)
def test_rest_says_how_long_to_wait_and_takes_only_what_there_is(
    alice: User, bob: User, group: Conversation, api: Api
) -> None:
    path = f"/api/v1/groups/{group.pk}"
    for wrong in (7, -10, "10", True, None, 10.5, 10**9):
        answer = api(alice).patch(path, {"slow_seconds": wrong}, format="json")
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", "slow_seconds")
    for right in SLOWNESSES:
        assert api(alice).patch(path, {"slow_seconds": right}, format="json").json()["slow_seconds"] == right
    assert api(bob).patch(path, {"slow_seconds": 0}, format="json").status_code == 403
    assert api(bob).get(f"/api/v1/conversations/{group.pk}").json()["slow_seconds"] == SLOWNESSES[-1]
    messages = f"/api/v1/conversations/{group.pk}/messages"
    answers = [api(bob).post(messages, {"key": str(uuid.uuid4()), "body": "hello"}, format="json") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert answers[1].json()["code"] == "slow_mode"
    assert 890 < int(answers[1]["Retry-After"]) <= 900


@pytest.mark.django_db(transaction=True)
def test_pages_set_it_say_it_and_keep_the_text_of_whoever_is_too_soon(
    alice: User, bob: User, group: Conversation
) -> None:
    owner, member = Client(), Client()
    owner.force_login(alice)
    member.force_login(bob)
    form = {"name": "Climbing", "description": "Up", "slow_seconds": "60"}
    assert owner.post(reverse("edit_group", args=[group.pk]), form).status_code == 302
    assert 'value="60" selected' in owner.get(reverse("edit_group", args=[group.pk])).text
    path = reverse("conversation", args=[group.pk])
    page = member.get(path).text
    assert "<bdi>Alice Archer</bdi> turned slow mode on: a minute between two messages" in page
    assert "Slow mode: a minute between two messages." in page
    assert member.post(path, {"key": str(uuid.uuid4()), "body": "first"}).status_code == 303
    channel = actions.create_group(alice, name="News", kind="channel")
    assert "Slow mode" not in owner.get(reverse("edit_group", args=[channel.pk])).text
    refused = member.post(path, {"key": str(uuid.uuid4()), "body": "my long second text"})
    assert refused.status_code == 429
    assert "my long second text</textarea>" in refused.text
    assert "you can write again in" in refused.text


# --- who may post, at one worker and at several


class Newest:
    """A history of which only the newest page is asked."""

    def __init__(self, *changes: MessageSent) -> None:
        self.changes = changes

    async def page(self, conversation_id: uuid.UUID, *, limit: int) -> Page:
        return Page([encode(change) for change in self.changes], len(self.changes), complete=True, later=[])


SILENT: Any = Newest()


def spoke(place: Place, *ago: float) -> Any:
    """The member posted so many seconds ago, and somebody else just now."""
    now = datetime.now(UTC)
    sent = [(place[1], now - timedelta(seconds=seconds)) for seconds in ago] + [(uuid.uuid4(), now)]
    base: dict[str, Any] = {"conversation_id": place[0], "key": uuid.uuid4(), "id": uuid.uuid4(), "body": "hello"}
    return Newest(*(MessageSent(**base, author_id=author, sent_at=at.isoformat()) for author, at in sent))


async def test_one_worker_remembers_by_itself() -> None:
    place, other, key = (uuid.uuid4(), uuid.uuid4()), (uuid.uuid4(), uuid.uuid4()), uuid.uuid4()
    assert [await take_turn(place, key, 30, SILENT) for _ in range(2)] == [0, 0]
    assert 29 < await take_turn(place, uuid.uuid4(), 30, SILENT) <= 30
    assert await take_turn(other, uuid.uuid4(), 30, SILENT) == 0


@pytest.fixture
def in_redis(redis_server: LiveRedis, settings: Any) -> None:
    settings.REDIS_URL = redis_server.url


@pytest.mark.usefixtures("in_redis")
async def test_of_many_at_once_exactly_one_is_let_through() -> None:
    place, keys = (uuid.uuid4(), uuid.uuid4()), [uuid.uuid4() for _ in range(30)]
    waits = await asyncio.gather(*(take_turn(place, key, 30, SILENT) for key in keys))
    assert sum(not wait for wait in waits) == 1
    assert all(29 < wait <= 30 for wait in waits if wait)
    assert await take_turn(place, keys[waits.index(0)], 30, SILENT) == 0


@pytest.mark.usefixtures("in_redis")
async def test_another_slowness_holds_at_once() -> None:
    place = uuid.uuid4(), uuid.uuid4()
    assert await take_turn(place, uuid.uuid4(), 900, SILENT) == 0
    assert await take_turn(place, uuid.uuid4(), 900, SILENT) > 890
    assert 9 < await take_turn(place, uuid.uuid4(), 10, SILENT) <= 10


@pytest.mark.parametrize("has_redis", [False, True])
async def test_whoever_is_not_remembered_is_looked_for_in_the_history(
    has_redis: bool, settings: Any, redis_server: LiveRedis
) -> None:
    settings.REDIS_URL = redis_server.url if has_redis else ""
    place = uuid.uuid4(), uuid.uuid4()
    for _ in range(2):
        assert 19 < await take_turn(place, uuid.uuid4(), 30, spoke(place, 70, 10)) <= 20
    other, key = (uuid.uuid4(), uuid.uuid4()), uuid.uuid4()
    assert [await take_turn(other, key, 30, spoke(other, 31)) for _ in range(2)] == [0, 0]
    assert await take_turn(other, uuid.uuid4(), 30, SILENT) > 29


@pytest.mark.django_db(transaction=True)
def test_a_restart_does_not_let_a_member_post_too_soon(bob: User, slow: Conversation) -> None:
    say(bob, slow)
    slowness._last.clear()
    with pytest.raises(SlowModeError) as refused:
        say(bob, slow)
    assert 25 < refused.value.retry_after <= 30


@pytest.mark.usefixtures("in_redis")
async def test_while_redis_is_away_a_worker_goes_by_what_it_let_through(redis_server: LiveRedis) -> None:
    place = uuid.uuid4(), uuid.uuid4()
    assert await take_turn(place, uuid.uuid4(), 30, SILENT) == 0
    redis_server.kill()
    try:
        assert await take_turn(place, uuid.uuid4(), 30, SILENT) > 25
        assert await take_turn((place[0], uuid.uuid4()), uuid.uuid4(), 30, SILENT) == 0
    finally:
        redis_server.start()


@pytest.mark.server
async def test_two_workers_hold_one_member_back_and_let_another_try_through(
    redis_server: LiveRedis, tmp_path: Path
) -> None:
    with two_workers(tmp_path, REDIS_URL=redis_server.url) as (one, other):
        alice, bob = one.sign_up("alice"), one.sign_up("bob")
        group = alice.make_group(bob)
        there = await bob.at(other).connect()
        alice.api.patch(f"groups/{group}", json={"slow_seconds": 300}).raise_for_status()
        slowed = await there.expect("conversation.slowed")
        assert slowed["slow_seconds"] == 300
        here = await bob.connect()
        keys = [str(uuid.uuid4()) for _ in range(2)]
        answers = await asyncio.gather(here.say(group, "hello", keys[0]), there.say(group, "hello", keys[1]))
        assert sorted(answer["type"] for answer in answers) == ["ack", "error"]
        refused = next(answer for answer in answers if answer["type"] == "error")
        assert refused["code"] == "slow_mode"
        assert 290 < refused["retry_after"] <= 300
        accepted = next(answer for answer in answers if answer["type"] == "ack")
        for socket in (here, there):
            assert (await socket.say(group, "hello", accepted["key"]))["seq"] == accepted["seq"]
