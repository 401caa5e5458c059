"""Presence at two workers that share a Redis: seen across them, and right within three beats of a death."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import Account, Socket, Workers, two_workers
from tests.live_redis import LiveRedis
from tests.messaging.conftest import Cast

pytestmark = pytest.mark.server
BEAT_SECONDS = 3.0


@pytest.fixture(scope="module")
def workers(redis_server: LiveRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("shared")
    with two_workers(folder, REDIS_URL=redis_server.url, PARLEY_PRESENCE_SECONDS=str(BEAT_SECONDS)) as pair:
        yield pair


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


async def test_who_is_at_both_workers_is_one_person(cast: Cast, workers: Workers) -> None:
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


async def test_the_people_of_a_killed_worker_are_offline_within_three_beats(cast: Cast, workers: Workers) -> None:
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
