"""Presence in a real Redis: what it costs there, and what it survives."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from accounts.errors import UnavailableError
from accounts.redis_client import redis_client
from messaging.presence import Presence
from messaging.presence.redis import RedisRegister
from tests.live import LiveServer
from tests.live_redis import LiveRedis
from tests.messaging.attending import come, go, online, people, until


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
