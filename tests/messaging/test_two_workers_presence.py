"""Presence at two workers that share a Redis: seen across them, and right within three beats of a death."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import Account, LiveServer, Socket
from tests.live_redis import LiveRedis

pytestmark = pytest.mark.server
BEAT_SECONDS = 3.0


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveRedis]:
    server = LiveRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def workers(redis_server: LiveRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, ...]]:
    data = tmp_path_factory.mktemp("shared")
    settings = {"REDIS_URL": redis_server.url, "PARLEY_PRESENCE_SECONDS": str(BEAT_SECONDS)}
    pair = [LiveServer(data, log=f"serve-{number}.log", **settings) for number in range(2)]
    pair[0].prepare()
    for worker in pair:
        worker.start()
    yield tuple(pair)
    for worker in pair:
        worker.stop()


Cast = tuple[Account, Account]


@pytest.fixture
def cast(workers: tuple[LiveServer, LiveServer]) -> Cast:
    """alice at the first worker, bob at the second."""
    alice = workers[0].sign_up(f"alice-{uuid.uuid4().hex[:8]}")
    bob = workers[0].sign_up(f"bob-{uuid.uuid4().hex[:8]}")
    return alice, bob.at(workers[1])


async def watch(watcher: Socket, other: Account) -> dict[str, Any]:
    page = await watcher.ask(type="presence.watch", user_ids=[other.id])
    return dict(page["people"][0])


async def until(watcher: Socket, state: str) -> dict[str, Any]:
    frame = await watcher.expect("presence.changed", lambda frame: frame["people"][0]["state"] == state)
    return dict(frame["people"][0])


async def test_who_comes_and_goes_at_one_worker_is_seen_at_the_other(cast: Cast) -> None:
    alice, bob = cast
    watcher = await alice.connect()
    assert (await watch(watcher, bob))["state"] == "offline"
    began = time.monotonic()
    his = await bob.connect()
    await until(watcher, "online")
    assert time.monotonic() - began < BEAT_SECONDS
    await his.send(type="presence.set", state="away")
    await until(watcher, "away")
    await asyncio.to_thread(bob.api.patch, "me", json={"status": "At lunch"})
    assert (await until(watcher, "away"))["status"] == "At lunch"
    await asyncio.to_thread(bob.api.patch, "me", json={"hides_presence": True})
    assert await until(watcher, "offline") == {"user_id": bob.id, "state": "offline", "status": "At lunch"}
    await his.close()


async def test_who_is_at_both_workers_is_one_person(cast: Cast, workers: tuple[LiveServer, ...]) -> None:
    alice, bob = cast
    watcher = await alice.connect()
    desk, phone = await bob.connect(), await bob.at(workers[0]).connect()
    await watch(watcher, bob)
    await desk.send(type="presence.set", state="away")
    await phone.send(type="presence.set", state="away")
    await until(watcher, "away")
    await phone.send(type="presence.set", state="active")
    await until(watcher, "online")
    await phone.close()
    await until(watcher, "away")
    await desk.close()
    assert "last_seen_at" in await until(watcher, "offline")


async def test_the_people_of_a_killed_worker_are_offline_within_three_beats(
    cast: Cast, workers: tuple[LiveServer, LiveServer]
) -> None:
    alice, bob = cast
    watcher = await alice.connect()
    await watch(watcher, bob)
    await bob.connect()
    await until(watcher, "online")
    await asyncio.to_thread(workers[1].kill)
    killed_at = time.monotonic()
    try:
        assert "last_seen_at" in await until(watcher, "offline")
        assert time.monotonic() - killed_at < 3 * BEAT_SECONDS
    finally:
        await asyncio.to_thread(workers[1].start)
    await bob.connect()
    await until(watcher, "online")
