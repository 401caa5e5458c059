"""The cached door: one load for many, nothing stale after it was forgotten."""

from __future__ import annotations

import asyncio
import threading
import uuid

import pytest

from accounts.errors import UnavailableError
from accounts.models import Block, User
from groups.models import Conversation, Kind, Membership, Role
from messaging import members
from messaging.members import CachedDoor, Members, Roster, load_rosters


class Shelf:
    """A loader that counts, can be held up, and can fail."""

    def __init__(self) -> None:
        self.loads: list[list[str]] = []
        self.values: dict[str, str] = {"a": "1", "b": "2"}
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        self.broken = False

    def load(self, keys: list[str]) -> dict[str, str]:
        self.loads.append(sorted(keys))
        found = {key: self.values[key] for key in keys if key in self.values}
        self.reached.set()
        assert self.gate.wait(5)
        if self.broken:
            raise OSError("the database is away")
        return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def door(shelf: Shelf, transactional_db: None) -> CachedDoor[str, str]:
    return CachedDoor(shelf.load, "none")


async def test_what_is_known_is_not_loaded_again(shelf: Shelf, door: CachedDoor[str, str]) -> None:
    assert [await door.get("a"), await door.get("a"), await door.get("missing")] == ["1", "1", "none"]
    assert shelf.loads == [["a"], ["missing"]]


async def test_misses_of_one_moment_are_loaded_together(shelf: Shelf, door: CachedDoor[str, str]) -> None:
    assert await asyncio.gather(*(door.get(key) for key in "abab")) == ["1", "2", "1", "2"]
    assert shelf.loads == [["a", "b"]]


async def test_what_is_forgotten_is_loaded_again(shelf: Shelf, door: CachedDoor[str, str]) -> None:
    await door.get("a")
    shelf.values["a"] = "new"
    door.forget("a")
    assert await door.get("a") == "new"


async def test_while_changes_may_be_missed_what_is_known_is_hardly_believed(
    shelf: Shelf, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = True
    door = CachedDoor(shelf.load, "none", lambda: told)
    monkeypatch.setattr(members, "UNTOLD_TTL_SECONDS", 0.0)
    await door.get("a")
    shelf.values["a"] = "new"
    assert await door.get("a") == "1"
    told = False
    monkeypatch.setattr(members, "UNTOLD_TTL_SECONDS", 60.0)
    assert await door.get("a") == "1"
    monkeypatch.setattr(members, "UNTOLD_TTL_SECONDS", 0.0)
    assert await door.get("a") == "new"


async def test_what_is_asked_for_fresh_is_loaded_whatever_is_known(shelf: Shelf, door: CachedDoor[str, str]) -> None:
    await door.get("a")
    shelf.values["a"] = "new"
    assert await door.fresh("a") == "new"


async def test_when_all_is_forgotten_so_is_what_is_being_loaded(shelf: Shelf, door: CachedDoor[str, str]) -> None:
    await door.get("b")
    shelf.gate.clear()
    shelf.reached.clear()
    waiting = asyncio.create_task(door.get("a"))
    await asyncio.to_thread(shelf.reached.wait, 5)
    shelf.values |= {"a": "new", "b": "new"}
    door.forget_all()
    shelf.gate.set()
    assert [await waiting, await door.get("b")] == ["new", "new"]


async def test_what_is_forgotten_while_it_loads_is_never_served_stale(shelf: Shelf, door: CachedDoor[str, str]) -> None:
    shelf.gate.clear()
    waiting = asyncio.create_task(door.get("a"))
    await asyncio.to_thread(shelf.reached.wait, 5)
    shelf.values["a"] = "new"
    door.forget("a")
    shelf.gate.set()
    assert await waiting == "new"
    assert door.peek("a") == "new"


async def test_a_loader_that_fails_is_told_to_the_waiters_and_tried_again(
    shelf: Shelf, door: CachedDoor[str, str]
) -> None:
    shelf.broken = True
    with pytest.raises(UnavailableError):
        await door.get("a")
    shelf.broken = False
    assert await door.get("a") == "1"


def test_a_roster_knows_roles_and_who_may_post(alice: User, bob: User, carol: User) -> None:
    channel = Conversation.objects.create(kind=Kind.CHANNEL, name="news")
    Membership.objects.create(conversation=channel, user=alice, role=Role.OWNER)
    Membership.objects.create(conversation=channel, user=bob)
    roster = load_rosters([channel.id])[channel.id]
    assert roster == Roster("channel", {alice.id: "owner"})
    assert roster.may_post(alice.id)
    assert not roster.with_reader(bob.id).may_post(bob.id)
    assert load_rosters([uuid.uuid4()]) == {}


def test_a_block_either_way_closes_a_direct_conversation(alice: User, bob: User) -> None:
    direct = Conversation.objects.create(kind=Kind.DIRECT)
    for user in (alice, bob):
        Membership.objects.create(conversation=direct, user=user)
    assert load_rosters([direct.id])[direct.id].may_post(alice.id)  # type: ignore[union-attr]
    Block.objects.create(blocker=bob, blocked=alice)
    roster = load_rosters([direct.id])[direct.id]
    assert roster
    assert not roster.may_post(alice.id)
    assert not roster.may_post(bob.id)


async def test_a_channel_loads_who_posts_and_each_reader_by_themselves(
    alice: User, bob: User, carol: User, transactional_db: None
) -> None:
    channel = await Conversation.objects.acreate(kind=Kind.CHANNEL, name="news")
    await Membership.objects.acreate(conversation=channel, user=alice, role=Role.OWNER)
    await Membership.objects.acreate(conversation=channel, user=bob)
    crowd = await User.objects.abulk_create(User(username=f"u{n}", email=f"{n}@example.org") for n in range(300))
    await Membership.objects.abulk_create(Membership(conversation=channel, user=user) for user in crowd)
    known = Members()
    assert (await known.roster_for(bob.pk, channel.pk)).roles == {alice.pk: "owner", bob.pk: "member"}
    assert (await known.roster_for(carol.pk, channel.pk)).roles == {alice.pk: "owner"}
    roster = await known.rosters.get(channel.pk)
    assert list(roster.roles) == [alice.pk]
    named = [alice.pk, bob.pk, carol.pk, crowd[7].pk]
    assert await known.among(named, channel.pk, roster) == {alice.pk, bob.pk, crowd[7].pk}
    # Who joined when the news was lost is no stranger; who left is one as soon as it is told.
    await Membership.objects.acreate(conversation=channel, user=carol)
    assert carol.pk in (await known.roster_for(carol.pk, channel.pk)).roles
    await Membership.objects.filter(conversation=channel, user=bob).adelete()
    known.forget_member(bob.pk, channel.pk)
    assert bob.pk not in (await known.current_roster_for(bob.pk, channel.pk)).roles
    await Membership.objects.filter(conversation=channel, user=alice).adelete()
    known.forget_member(alice.pk, channel.pk)
    assert alice.pk not in (await known.roster_for(alice.pk, channel.pk)).roles


async def test_conversations_of_a_user_without_any_are_known_to_be_none(transactional_db: None) -> None:
    members, stranger = Members(), uuid.uuid4()
    assert await members.conversations.get(stranger) == {}
    assert members.conversations.peek(stranger) == {}


async def test_who_joined_is_no_stranger_when_the_news_was_lost(alice: User, bob: User, transactional_db: None) -> None:
    """Their message would be refused, and nobody sends again what was refused."""
    group = await Conversation.objects.acreate(kind=Kind.GROUP, name="Hikers")
    await Membership.objects.acreate(conversation=group, user=alice, role=Role.OWNER)
    known = Members()
    assert bob.pk not in (await known.roster_for(bob.pk, group.pk)).roles
    await Membership.objects.acreate(conversation=group, user=bob)
    assert bob.pk in (await known.roster_for(bob.pk, group.pk)).roles
    assert bob.pk not in (await known.roster_for(alice.pk, uuid.uuid4())).roles
