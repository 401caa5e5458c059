"""Who is online and when somebody last was: one contract, held against both registers, Redis a real one."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from messaging.hub import Hub
from messaging.presence import LEASE_BEATS, Presence
from messaging.presence.redis import RedisRegister
from messaging.presence.register import LocalRegister, Register
from messaging.room import Connection
from tests.messaging.attending import come, go, online, people, until
from tests.messaging.conftest import RememberingOutlet

SHORT_SECONDS = 1.0


@pytest.fixture(params=["local", "redis"])
def register(request: pytest.FixtureRequest) -> Register:
    if request.param == "local":
        return LocalRegister()
    request.getfixturevalue("in_redis")
    return RedisRegister()


async def test_a_worker_knows_who_is_at_another(register: Register) -> None:
    one, other = Presence(register), Presence(register)
    alice, bob, carol = people(3)
    await come(one, alice)
    await come(other, bob)
    for worker in (one, other):
        assert await online(worker, [alice, bob, carol]) == {alice, bob}


async def test_who_leaves_one_of_two_workers_stays_online_until_the_other_is_left_too(register: Register) -> None:
    one, other = Presence(register), Presence(register)
    (alice,) = people(1)
    await come(one, alice)
    await come(other, alice)
    await go(one, alice)
    assert await online(one, [alice]) == {alice}
    await go(other, alice)
    assert await online(one, [alice]) == set()


async def test_who_leaves_and_comes_back_at_once_is_online(register: Register) -> None:
    presence = Presence(register)
    (alice,) = people(1)
    await come(presence, alice)
    presence.attend(alice, None)
    presence.attend(alice, "online")
    await presence.noted()
    assert await online(presence, [alice]) == {alice}


async def test_within_the_lease_the_users_of_a_killed_worker_are_offline(register: Register) -> None:
    killed, other = Presence(register, lease_seconds=SHORT_SECONDS), Presence(register)
    alice, bob = people(2)
    await come(killed, alice, bob)
    await come(other, bob)
    began = time.monotonic()
    assert await online(other, [alice, bob]) == {alice, bob}

    async def is_gone() -> bool:
        return await online(other, [alice, bob]) == {bob}

    await until(is_gone)
    assert time.monotonic() - began < 2 * SHORT_SECONDS


def test_a_lease_outlives_a_beat_that_failed_and_ends_with_a_beat_to_spare_of_three() -> None:
    assert 1.5 < LEASE_BEATS < 2


async def test_somebody_is_away_when_they_are_so_wherever_they_are(register: Register) -> None:
    one, other = Presence(register), Presence(register)
    alice, bob = people(2)
    await come(one, alice, bob)
    await come(other, alice)
    one.attend(alice, "away")
    await one.noted()
    assert await other.attendance([alice, bob]) == {alice: "online", bob: "online"}
    other.attend(alice, "away")
    await other.noted()
    assert await one.attendance([alice, bob]) == {alice: "away", bob: "online"}
    one.attend(alice, "online")
    await one.noted()
    assert await other.attendance([alice]) == {alice: "online"}
    await go(one, alice)
    assert await one.attendance([alice]) == {alice: "away"}
    await go(other, alice)
    assert await one.attendance([alice]) == {}


async def test_who_left_while_away_is_not_away_when_they_come_back(register: Register) -> None:
    one, other = Presence(register), Presence(register)
    (alice,) = people(1)
    one.attend(alice, "away")
    await one.noted()
    await go(one, alice)
    await come(one, alice)
    assert await other.attendance([alice]) == {alice: "online"}


async def test_what_may_be_seen_is_told_once_the_register_knows(register: Register) -> None:
    one, other = Presence(register), Presence(register)
    alice, bob = people(2)
    heard: list[set[UUID]] = []
    one.noticed = lambda user_ids: heard.append(set(user_ids))
    await come(one, alice, bob)
    one.attend(alice, "online")
    await one.noted()
    assert heard == [{alice, bob}]
    assert await online(other, [alice, bob]) == {alice, bob}
    await go(one, bob)
    assert heard[1:] == [{bob}]


async def test_beats_keep_users_online_past_the_lease(register: Register) -> None:
    presence, other = Presence(register, lease_seconds=SHORT_SECONDS), Presence(register)
    (alice,) = people(1)
    await come(presence, alice)
    end = time.monotonic() + 2.5 * SHORT_SECONDS
    while time.monotonic() < end:
        await presence.beat()
        assert await online(other, [alice]) == {alice}
        await asyncio.sleep(SHORT_SECONDS / 8)


async def test_a_worker_whose_lease_ran_out_has_its_users_back_with_its_next_beat(register: Register) -> None:
    frozen, other = Presence(register, lease_seconds=SHORT_SECONDS), Presence(register)
    alice, bob = people(2)
    await come(frozen, alice, bob)

    async def is_gone() -> bool:
        return not await online(other, [alice])

    await until(is_gone)
    await other.beat()
    await frozen.beat()
    assert await online(other, [alice, bob]) == {alice, bob}


async def test_the_users_of_a_worker_that_stops_are_offline_at_once_and_stay_so(register: Register) -> None:
    stopping, other = Presence(register), Presence(register)
    alice, bob = people(2)
    await come(stopping, alice, bob)
    await come(other, bob)
    await stopping.stop()
    assert await online(other, [alice, bob]) == {bob}
    await go(stopping, alice)
    await stopping.beat()
    assert await online(other, [alice, bob]) == {bob}


async def test_last_seen_is_when_somebody_left_or_the_last_beat_with_them(register: Register) -> None:
    presence, other = Presence(register), Presence(register)
    alice, bob, never = people(3)
    before = datetime.now(UTC) - timedelta(milliseconds=2)
    await come(presence, alice, bob)
    arrived = await other.last_seen([alice, bob, never])
    assert set(arrived) == {alice, bob}
    assert before <= arrived[alice] <= datetime.now(UTC)
    await asyncio.sleep(0.01)
    await go(presence, alice)
    left = await other.last_seen([alice, bob])
    assert left[alice] > arrived[alice]
    assert left[bob] == arrived[bob]
    await presence.beat()
    beaten = await other.last_seen([alice, bob])
    assert beaten[alice] == left[alice]
    assert beaten[bob] > arrived[bob]


async def test_thousands_are_asked_for_and_kept_at_once(register: Register) -> None:
    one, other = Presence(register), Presence(register)
    crowd, strangers = people(2_500), people(2_500)
    await come(one, *crowd)
    await one.beat()
    assert await online(other, crowd + strangers) == set(crowd)
    assert set(await other.last_seen(crowd + strangers)) == set(crowd)
    assert await online(other, []) == set()


async def test_several_devices_are_one_person() -> None:
    async def fetch(conversation_id: UUID, after: int) -> list[tuple[int, bytes]]:
        return []

    told: list[str | None] = []
    hub = Hub(fetch)
    hub.attend = lambda user_id, how: told.append(how)
    (alice,) = people(1)
    desk, phone = (Connection(alice, "session:1", RememberingOutlet()) for _ in range(2))
    hub.enter(desk, ())
    hub.enter(phone, ())
    assert told == ["online", "online"]
    hub.set_away(desk, True)
    hub.set_away(phone, True)
    hub.set_away(phone, False)
    assert told[2:] == ["online", "away", "online"]
    hub.leave(phone)
    hub.leave(phone)
    hub.leave(desk)
    hub.leave(desk)
    assert told[5:] == ["away", "away", None, None]
