"""How far members have come, and who is told: without a socket and without a clock."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.errors import UnavailableError
from messaging.history import Page
from messaging.members import Roster
from messaging.presence import Presence
from messaging.presence.register import LocalRegister
from messaging.presence.sight import Profile, Sight
from messaging.protocol import RECEIPTS_MOST, MessageSent, encode
from messaging.receipts import LOOK_BACK_CHANGES, Receipts
from messaging.room import Connection
from tests.messaging.conftest import RememberingOutlet

ALICE, BOB, CAROL = (uuid.UUID(int=number) for number in (1, 2, 3))
PLACE = uuid.uuid4()
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PLAIN = Profile(hides=False)


class House:
    """A conversation with a message each minute, its members, and what their sockets were told."""

    def __init__(self, *members: UUID, kind: str = "group") -> None:
        self.roster = Roster(kind, dict.fromkeys(members, "member"))
        self.marks: dict[UUID, int] = {}
        self.profiles = dict.fromkeys(members, PLAIN)
        self.asked = 0
        self.is_down = False
        self.register = LocalRegister()
        self.presence = Presence(self.register, lease_seconds=30)
        sight = Sight(self.presence, lambda ids: {id_: self.profiles[id_] for id_ in ids if id_ in self.profiles})
        self.sight = sight
        self.receipts = Receipts(self, self, sight)  # type: ignore[arg-type]  # what it needs of each

    # the history, and the door to rosters

    async def reached(self, conversation_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, int]:
        self.asked += 1
        if self.is_down:
            raise UnavailableError
        return {user_id: self.marks[user_id] for user_id in user_ids if user_id in self.marks}

    async def page(self, conversation_id: UUID, *, limit: int) -> Page:
        fields = {"conversation_id": PLACE, "id": PLACE, "key": PLACE, "author_id": ALICE}
        changes = [
            MessageSent(**fields, seq=seq, sent_at=(NOON + timedelta(minutes=seq)).isoformat())
            for seq in range(501 - limit, 501)
        ]
        return Page([encode(change) for change in changes], 500, False, [])

    @property
    def rosters(self) -> House:
        return self

    async def get(self, conversation_id: UUID) -> Roster:
        return self.roster

    # what happens

    async def look(self, user_id: UUID) -> Phone:
        phone = Phone(user_id)
        self.receipts.watch(phone.connection, PLACE)
        await self.receipts.tick()
        return phone

    def read(self, user_id: UUID, seq: int) -> None:
        self.marks[user_id] = seq
        self.receipts.note_read(PLACE, user_id, seq)

    async def change(self, user_id: UUID, **fields: Any) -> None:
        self.profiles[user_id] = Profile(hides=False, **fields)
        self.sight.forget(user_id)
        self.receipts.stir([user_id])
        await self.receipts.tick()

    async def come(self, user_id: UUID) -> None:
        self.presence.attend(user_id, "online")
        await self._noted(user_id)

    async def go(self, user_id: UUID, at: datetime) -> None:
        self.presence.attend(user_id, None)
        await self.presence.noted()
        self.register._seen[user_id] = at.timestamp()
        await self._noted(user_id)

    async def _noted(self, user_id: UUID) -> None:
        await self.presence.noted()
        self.receipts.stir([user_id])
        await self.receipts.tick()


class Phone:
    def __init__(self, user_id: UUID) -> None:
        self.outlet = RememberingOutlet()
        self.connection = Connection(user_id, "session:1", self.outlet)
        self.connection.conversations.add(PLACE)

    def told(self) -> list[dict[str, Any]]:
        """And forgotten."""
        said = self.outlet.said()
        self.outlet.frames.clear()
        assert all(frame.pop("type") == "receipts.changed" for frame in said)
        assert all(frame.pop("conversation_id") == str(PLACE) for frame in said)
        return said


def shown(user_id: UUID, **fields: int) -> dict[str, Any]:
    return {"user_id": str(user_id), **fields}


async def test_who_opens_a_conversation_is_told_how_far_each_has_come() -> None:
    house = House(ALICE, BOB, CAROL)
    house.marks = {BOB: 7}
    await house.come(CAROL)
    phone = await house.look(ALICE)
    people = [shown(ALICE, delivered=0), shown(BOB, read=7, delivered=7), shown(CAROL)]
    assert phone.told() == [{"people": people, "whole": True}]


async def test_what_follows_is_one_digest_of_what_differs_and_only_to_who_looks() -> None:
    house = House(ALICE, BOB, CAROL)
    phone, elsewhere = await house.look(ALICE), await house.look(BOB)
    house.receipts.watch(elsewhere.connection, None)
    assert (len(phone.told()), len(elsewhere.told())) == (1, 1)
    for seq in range(1, 8):
        house.read(BOB, seq)
        house.read(CAROL, 2 * seq)
    await house.receipts.tick()
    assert phone.told() == [{"people": [shown(BOB, read=7, delivered=7), shown(CAROL, read=14, delivered=14)]}]
    house.read(BOB, 3)
    await house.receipts.tick()
    assert (phone.told(), elsewhere.told()) == ([], [])


async def test_where_nobody_looks_nothing_is_asked() -> None:
    house = House(ALICE, BOB)
    phone = await house.look(ALICE)
    house.receipts.drop(phone.connection)
    asked = house.asked
    house.read(BOB, 5)
    await house.come(BOB)
    await house.receipts.sweep()
    await house.receipts.tick()
    assert house.asked == asked
    assert len(phone.told()) == 1


async def test_what_was_sent_before_somebody_was_last_seen_reached_them() -> None:
    house = House(ALICE, BOB)
    house.marks = {BOB: 400}
    await house.come(BOB)
    phone = await house.look(ALICE)
    assert phone.told()[0]["people"][1] == shown(BOB, read=400)
    await house.go(BOB, NOON + timedelta(minutes=480, seconds=30))
    assert phone.told() == [{"people": [shown(BOB, read=400, delivered=480)]}]
    # A change on its way when they left is not counted.
    await house.come(BOB)
    await house.go(BOB, NOON + timedelta(minutes=480, seconds=0.2))
    assert phone.told()[-1] == {"people": [shown(BOB, read=400, delivered=479)]}
    # Further back than is looked: at least what they read.
    await house.come(BOB)
    await house.go(BOB, NOON + timedelta(minutes=499 - LOOK_BACK_CHANGES))
    assert phone.told()[-1] == {"people": [shown(BOB, read=400, delivered=400)]}


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({"reads_privately": True}, shown(BOB)),
        ({"blocked": frozenset({ALICE})}, shown(BOB, delivered=0)),
    ],
)
async def test_who_does_not_tell_is_shown_without_a_mark_at_once(fields: dict[str, Any], seen: dict[str, Any]) -> None:
    house = House(ALICE, BOB, CAROL)
    house.marks = {BOB: 7}
    await house.come(BOB)
    phone, carols = await house.look(ALICE), await house.look(CAROL)
    await house.change(BOB, **fields)
    assert phone.told()[-1] == {"people": [seen]}
    assert len(carols.told()) == (2 if "reads_privately" in fields else 1)
    house.read(BOB, 9)
    await house.receipts.tick()
    assert phone.told() == []


async def test_who_hides_whether_they_are_here_shows_what_they_read_alone() -> None:
    house = House(ALICE, BOB)
    house.profiles[BOB] = Profile(hides=True)
    house.marks = {BOB: 7}
    await house.come(BOB)
    phone = await house.look(ALICE)
    assert phone.told()[0]["people"][1] == shown(BOB, read=7, delivered=7)


async def test_who_reads_privately_is_told_nothing_of_others() -> None:
    house = House(ALICE, BOB)
    house.marks = {BOB: 7}
    house.profiles[ALICE] = Profile(hides=False, reads_privately=True)
    phone = await house.look(ALICE)
    assert phone.told() == [{"whole": True}]
    await house.change(ALICE)
    assert phone.told()[0]["people"][1] == shown(BOB, read=7, delivered=7)
    await house.change(ALICE, reads_privately=True)
    assert phone.told() == [{"whole": True}]


async def test_a_large_conversation_tells_numbers_without_names_and_of_the_others_alone() -> None:
    members = [uuid.UUID(int=number) for number in range(1, RECEIPTS_MOST + 2)]
    house = House(*members)
    house.marks = {ALICE: 9, BOB: 4, CAROL: 2}
    house.profiles[CAROL] = Profile(hides=False, reads_privately=True)
    phone, bobs = await house.look(ALICE), await house.look(BOB)
    rest = [0] * (RECEIPTS_MOST - 1)
    assert phone.told() == [{"reads": [4, *rest], "whole": True}]
    assert bobs.told() == [{"reads": [9, *rest], "whole": True}]
    house.read(BOB, 6)
    await house.receipts.tick()
    assert phone.told() == [{"reads": [6, *rest], "whole": True}]
    assert bobs.told() == []


async def test_in_a_channel_nothing_is_told_of_anybody() -> None:
    house = House(ALICE, BOB, kind="channel")
    phone = await house.look(ALICE)
    house.read(BOB, 5)
    await house.receipts.tick()
    assert phone.told() == [{"whole": True}]


async def test_other_members_are_told_as_a_whole_and_who_was_removed_hears_nothing_more() -> None:
    house = House(ALICE, BOB)
    phone, bobs = await house.look(ALICE), await house.look(BOB)
    phone.told()
    bobs.told()
    house.roster = Roster("group", {ALICE: "member", CAROL: "member"})
    house.profiles[CAROL] = PLAIN
    bobs.connection.conversations.discard(PLACE)
    house.receipts.look_again(PLACE)
    await house.receipts.tick()
    assert phone.told() == [{"people": [shown(ALICE, delivered=0), shown(CAROL, delivered=0)], "whole": True}]
    assert bobs.told() == []


async def test_a_lost_hint_is_healed_by_the_next_beat_and_a_store_that_is_down_by_its_return() -> None:
    house = House(ALICE, BOB)
    phone = await house.look(ALICE)
    phone.told()
    house.marks = {BOB: 5}
    house.is_down = True
    await house.receipts.sweep()
    await house.receipts.tick()
    assert phone.told() == []
    house.is_down = False
    await house.receipts.tick()
    assert phone.told() == [{"people": [shown(BOB, read=5, delivered=5)]}]


async def test_a_socket_that_does_not_keep_up_gets_the_sum_later() -> None:
    house = House(ALICE, BOB)
    phone = await house.look(ALICE)
    phone.told()
    phone.outlet.stuck_bytes = 1
    for seq in (3, 5):
        house.read(BOB, seq)
        await house.receipts.tick()
    assert phone.told() == []
    phone.outlet.stuck_bytes = 0
    await house.receipts.tick()
    assert phone.told() == [{"people": [shown(BOB, read=5, delivered=5)]}]


async def test_where_many_look_digests_are_further_apart_but_who_comes_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr("messaging.receipts.time.monotonic", lambda: now[0])
    members = [uuid.UUID(int=number) for number in range(1, 12)]
    house = House(*members)
    phones = [await house.look(user_id) for user_id in members[:10]]
    now[0] += 2
    house.read(BOB, 1)
    await house.receipts.tick()
    for phone in phones:
        phone.told()
    for seq in (2, 3):
        now[0] += 0.9
        house.read(BOB, seq)
        await house.receipts.tick()
    late = await house.look(members[10])
    assert len(late.told()[0]["people"]) == 11
    assert [phone.told() for phone in phones] == [[]] * 10
    now[0] += 0.3
    await house.receipts.tick()
    assert [phone.told() for phone in phones] == [[{"people": [shown(BOB, read=3, delivered=3)]}]] * 10
