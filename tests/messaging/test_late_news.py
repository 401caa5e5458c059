"""News of members that is late, lost or contradicted: the database decides, and who may be out hears nothing."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from accounts.errors import UnavailableError
from accounts.models import User
from groups.models import Conversation, Kind, Membership, Role
from messaging import delivery as delivery_module
from messaging.delivery import MembersChanged
from messaging.housekeeping import Resync, check_memberships
from messaging.protocol import MemberLeft, encode
from messaging.room import Connection
from messaging.worker import Worker
from tests.messaging.conftest import RememberingOutlet


@dataclass
class Scene:
    """A group of alice's with bob's socket at this worker; bob is a member while his row says so."""

    worker: Worker
    group: Conversation
    bob: User
    outlet: RememberingOutlet = field(default_factory=RememberingOutlet)
    seq: int = 0

    def enter(self, *places: uuid.UUID) -> None:
        self.worker.hub.enter(Connection(self.bob.pk, "session:1", self.outlet), places)

    def say(self) -> int:
        self.seq += 1
        self.worker.hub.deliver(self.group.pk, [(self.seq, json.dumps({"seq": self.seq}).encode())])
        return self.seq

    def leave_in_the_timeline(self) -> None:
        self.seq += 1
        left = MemberLeft(
            conversation_id=self.group.pk,
            id=uuid.uuid4(),
            key=uuid.uuid4(),
            author_id=self.bob.pk,
            user_id=self.bob.pk,
            seq=self.seq,
        )
        self.worker.hub.deliver(self.group.pk, [(self.seq, encode(left))])

    def hear(self, **change: list[uuid.UUID]) -> None:
        told = MembersChanged(self.group.pk, change.get("added", []), change.get("removed", []), deleted=False)
        self.worker.delivery._hear({"type": "members", "content": msgspec.json.encode(told)})

    async def join(self) -> None:
        await Membership.objects.acreate(conversation=self.group, user=self.bob)

    async def part(self) -> None:
        await Membership.objects.filter(conversation=self.group, user=self.bob).adelete()

    async def settled(self) -> None:
        """Until every membership has been looked up."""
        async with asyncio.timeout(10):
            while self.worker.delivery._tasks:
                await asyncio.wait(self.worker.delivery._tasks)

    def told(self) -> list[Any]:
        """The numbers of the changes, and the types of all else; then begins anew."""
        frames = [json.loads(frame) for frame in self.outlet.frames]
        self.outlet.frames.clear()
        return [frame["seq"] if "seq" in frame and "id" not in frame else frame["type"] for frame in frames]


@pytest.fixture
async def scene(alice: User, bob: User, transactional_db: None) -> AsyncIterator[Scene]:
    group = await Conversation.objects.acreate(kind=Kind.GROUP, name="Hikers")
    await Membership.objects.acreate(conversation=group, user=alice, role=Role.OWNER)
    scene = Scene(Worker(), group, bob)
    yield scene
    await scene.settled()
    await scene.worker.stop()


async def test_a_coming_told_after_its_going_lets_nobody_in(scene: Scene) -> None:
    scene.enter()
    scene.hear(added=[scene.bob.pk])
    scene.say()
    await scene.settled()
    scene.say()
    assert scene.told() == []


async def test_a_going_told_after_the_return_keeps_nobody_out(scene: Scene) -> None:
    await scene.join()
    scene.enter(scene.group.pk)
    scene.say()
    scene.hear(removed=[scene.bob.pk])
    # Until it is known that they are back, they hear nothing; what they missed they fetch.
    scene.say()
    await scene.settled()
    scene.say()
    assert scene.told() == [1, "conversation.added", 3]


async def test_who_left_hears_nothing_that_was_said_after_it_though_nothing_was_told_of_it(scene: Scene) -> None:
    scene.enter(scene.group.pk)
    scene.say()
    scene.leave_in_the_timeline()
    scene.say()
    await scene.settled()
    scene.say()
    assert scene.told() == [1, "member.left", "conversation.removed"]


async def test_an_old_going_in_the_timeline_keeps_nobody_out(scene: Scene) -> None:
    await scene.join()
    scene.enter(scene.group.pk)
    scene.leave_in_the_timeline()
    await scene.settled()
    scene.say()
    assert scene.told() == ["member.left", "conversation.added", 2]


async def test_while_the_database_is_away_who_may_be_out_hears_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "LOOK_UP_RETRY_SECONDS", 0.01)
    rosters, tried = scene.worker.members.rosters, asyncio.Queue[None]()
    load: Callable[..., Awaitable[Any]] = rosters._load

    async def away(keys: Any) -> Any:
        tried.put_nowait(None)
        raise OSError

    monkeypatch.setattr(rosters, "_load", away)
    await scene.join()
    scene.enter(scene.group.pk)
    scene.hear(removed=[scene.bob.pk])
    async with asyncio.timeout(10):
        for _ in range(3):
            await tried.get()
    scene.say()
    assert scene.told() == []
    monkeypatch.setattr(rosters, "_load", load)
    await scene.settled()
    scene.say()
    assert scene.told() == ["conversation.added", 2]


async def test_after_a_break_everybody_is_where_the_database_says(scene: Scene) -> None:
    """All news was lost: one socket is where its user is no member, and not where they are one."""
    channel = await Conversation.objects.acreate(kind=Kind.CHANNEL, name="news")
    await Membership.objects.acreate(conversation=channel, user=scene.bob)
    scene.enter(scene.group.pk)
    assert scene.group.pk not in await scene.worker.members.conversations.get(scene.bob.pk)
    await check_memberships(scene.worker)
    assert scene.told() == ["conversation.removed", "conversation.added"]
    assert scene.worker.hub.conversations() == [channel.pk]
    assert scene.worker.hub.is_channel(channel.pk)
    await check_memberships(scene.worker)
    assert scene.told() == []


async def test_after_a_break_nothing_remembered_is_believed_and_a_failure_is_tried_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    members, resync = scene.worker.members, Resync(scene.worker)
    scene.enter()
    assert await members.conversations.get(scene.bob.pk) == {}
    await scene.join()
    scene.worker.delivery.relay.regained()
    assert members.conversations.peek(scene.bob.pk) is None
    load = members.conversations._load

    async def away(keys: Any) -> Any:
        raise OSError

    monkeypatch.setattr(members.conversations, "_load", away)
    with pytest.raises(UnavailableError):
        await asyncio.wait_for(resync.work(), 10)
    monkeypatch.setattr(members.conversations, "_load", load)
    await asyncio.wait_for(resync.work(), 10)
    assert scene.told() == ["conversation.added"]
