"""Who is online and when somebody last was: one contract, held against both registers, Redis a real one."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from accounts import redis_client as redis_module
from accounts.errors import UnavailableError
from accounts.redis_client import redis_client
from messaging.hub import Hub
from messaging.presence import LEASE_BEATS, Presence
from messaging.presence.redis import RedisRegister
from messaging.presence.register import LocalRegister, Register
from messaging.room import Connection
from tests.live import LiveServer
from tests.live_redis import LiveRedis
from tests.messaging.conftest import RememberingOutlet

SHORT_SECONDS = 0.4
Workers = tuple[Presence, Presence]


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveRedis]:
    server = LiveRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.thaw()
    server.kill()


@pytest.fixture
async def in_redis(redis_server: LiveRedis, settings: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    settings.REDIS_URL = redis_server.url  # type: ignore[attr-defined]
    monkeypatch.setattr(redis_module, "TIMEOUT_SECONDS", 0.5)
    await redis_client().flushall()
    yield
    await redis_client().aclose()


@pytest.fixture(params=["local", "redis"])
def register(request: pytest.FixtureRequest) -> Register:
    if request.param == "local":
        return LocalRegister()
    request.getfixturevalue("in_redis")
    return RedisRegister()


def people(count: int) -> list[UUID]:
    return [uuid.uuid4() for _ in range(count)]


async def come(presence: Presence, *users: UUID) -> None:
    for user_id in users:
        presence.attend(user_id, "online")
    await presence.noted()


async def go(presence: Presence, *users: UUID) -> None:
    for user_id in users:
        presence.attend(user_id, None)
    await presence.noted()


async def online(presence: Presence, users: Collection[UUID]) -> set[UUID]:
    """Which of them are connected, away or not."""
    return set(await presence.attendance(users))


async def until(is_it: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await is_it():  # noqa: ASYNC110  # a lease tells nobody that it ends
            await asyncio.sleep(0.02)


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


@pytest.mark.usefixtures("in_redis")
async def test_a_thousand_users_cost_a_handful_of_round_trips(monkeypatch: pytest.MonkeyPatch) -> None:
    from messaging.presence import redis as module

    trips: list[int] = []
    run = module._run

    async def counted(commands: object) -> list[object]:
        trips.append(1)
        return await run(commands)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_run", counted)
    one, crowd = Presence(RedisRegister()), people(1_000)
    await come(one, *crowd)
    assert len(trips) <= 2
    await online(one, crowd)
    assert len(trips) <= 4
    await one.beat()
    assert len(trips) <= 8


@pytest.mark.usefixtures("in_redis")
async def test_what_redis_lost_is_there_again_after_the_next_beat(redis_server: LiveRedis) -> None:
    one, other = Presence(RedisRegister()), Presence(RedisRegister())
    alice, bob = people(2)
    await come(one, alice)
    one.attend(alice, "away")
    await one.noted()
    redis_server.kill()
    # Nobody waits and nothing is raised: not for a socket, not for a beat.
    await come(one, bob)
    await go(one, alice)
    await one.beat()
    for asked in (one.attendance, one.last_seen):
        with pytest.raises(UnavailableError):
            await asked([alice, bob])
    assert one.here([alice, bob]) == {bob: "online"}
    redis_server.start()
    await one.beat()
    assert await online(other, [alice, bob]) == {bob}


@pytest.mark.usefixtures("in_redis")
async def test_as_many_came_as_went_while_redis_did_not_answer(redis_server: LiveRedis) -> None:
    one, other = Presence(RedisRegister()), Presence(RedisRegister())
    alice, bob = people(2)
    await come(one, alice)
    redis_server.freeze()
    await come(one, bob)
    await go(one, alice)
    redis_server.thaw()
    await one.beat()
    assert await online(other, [alice, bob]) == {bob}


@pytest.mark.usefixtures("in_redis")
async def test_names_of_dead_workers_do_not_pile_up() -> None:
    dead, living = Presence(RedisRegister(), lease_seconds=0.05), Presence(RedisRegister())
    alice, bob = people(2)
    await come(dead, alice)
    await come(living, bob)
    await asyncio.sleep(0.1)  # past the lease
    await living.beat()
    assert await redis_client().scard("parley:presence:workers") == 1


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


@pytest.mark.server
@pytest.mark.usefixtures("in_redis")
async def test_a_worker_notes_its_sockets_and_takes_them_back_when_it_stops(
    redis_server: LiveRedis, tmp_path: Path
) -> None:
    server = LiveServer(tmp_path, REDIS_URL=redis_server.url)
    await asyncio.to_thread(server.prepare)
    await asyncio.to_thread(server.start)
    try:
        alice = await asyncio.to_thread(server.sign_up, "alice")
        onlooker, user = Presence(RedisRegister()), UUID(alice.id)

        async def is_online() -> bool:
            return await online(onlooker, [user]) == {user}

        async def is_offline() -> bool:
            return not await is_online()

        desk, phone = await alice.connect(), await alice.connect()
        await until(is_online)
        await desk.close()
        await phone.close()
        await until(is_offline)
        await alice.connect()
        await until(is_online)
    finally:
        await asyncio.to_thread(server.stop)
    assert await is_offline()
    assert server.troubles() == []
