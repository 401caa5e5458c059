"""nginx, three workers, Redis and PostgreSQL together: any of them may go, and what people said stays whole."""

from __future__ import annotations

import asyncio
import signal
import time

import httpx
import pytest

from messaging.hub import CLOSE_REVOKED
from tests.cluster.people import talking
from tests.cluster.whole import Cluster, ClusterServer, until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]
REVOKED_WITHIN_SECONDS = 2.0
PARTS = {"postgres", "redis", "worker1", "worker2", "worker3", "index", "nginx"}


def test_a_second_start_touches_nothing_that_runs(cluster: Cluster) -> None:
    before = cluster.pids()
    assert set(before) == PARTS
    assert f"http://localhost:{cluster.port}/" in cluster.must("start")
    assert cluster.pids() == before
    assert set(cluster.states().values()) == {"ready"}


async def test_people_at_different_workers_hear_each_other(cluster: Cluster) -> None:
    idle = cluster.sockets()
    async with talking(cluster.url, 9) as talk:
        here = {name: count - idle[name] for name, count in cluster.sockets().items()}
        assert min(here.values()) >= 1
        await asyncio.gather(*(talk.say(client) for client in talk.clients for _ in range(5)))
        await talk.check()
        assert all(client.reconnects == 0 for client in talk.clients)


async def test_when_a_worker_is_killed_its_people_come_back_to_another_and_lose_nothing(cluster: Cluster) -> None:
    async with talking(cluster.url, 6) as talk:
        over = asyncio.Event()
        talks = [asyncio.create_task(talk.go_on(client, over)) for client in talk.clients]
        await talk.more(60)
        await asyncio.to_thread(cluster.send, "worker1", signal.SIGKILL)
        await talk.more(100)
        while not any(client.reconnects for client in talk.clients):
            await talk.more(1)
        over.set()
        await asyncio.gather(*talks)
        await talk.check()
    assert "not running" in cluster.states()["worker1"]


async def test_when_nginx_is_killed_everybody_comes_back_once_it_is_there_again(cluster: Cluster) -> None:
    async with talking(cluster.url, 3) as talk:
        await asyncio.gather(*(talk.say(client) for client in talk.clients))
        await asyncio.to_thread(cluster.send, "nginx", signal.SIGKILL)
        said = [asyncio.create_task(talk.say(client)) for client in talk.clients]
        await asyncio.to_thread(cluster.must, "start")
        await asyncio.gather(*said)
        await talk.check()
        assert all(client.reconnects >= 1 for client in talk.clients)


async def test_while_all_workers_are_restarted_one_after_another_nothing_is_lost(cluster: Cluster) -> None:
    before = cluster.pids()
    async with talking(cluster.url, 2) as talk:
        over = asyncio.Event()
        talks = [asyncio.create_task(talk.go_on(client, over)) for client in talk.clients]
        await asyncio.to_thread(cluster.must, "restart-workers")
        over.set()
        await asyncio.gather(*talks)
        await talk.check()
        assert all(client.reconnects >= 1 for client in talk.clients)
    after = cluster.pids()
    assert {name for name in PARTS if before[name] != after[name]} == {"worker1", "worker2", "worker3", "index"}


async def test_a_session_that_ends_loses_its_sockets_at_every_worker_within_two_seconds(cluster: Cluster) -> None:
    alice = ClusterServer(cluster).newcomer("alice")
    workers = [cluster.worker(name) for name in cluster.worker_ports()]
    sockets = [await alice.at(worker).connect() for worker in workers for _ in range(2)]
    asked_at = time.monotonic()
    assert (await asyncio.to_thread(alice.api.post, "logout")).status_code == 204
    assert [await socket.closed() for socket in sockets] == [CLOSE_REVOKED] * len(sockets)
    assert time.monotonic() - asked_at < REVOKED_WITHIN_SECONDS
    for worker in workers:
        answer = await asyncio.to_thread(alice.at(worker).api.post, "ticket")
        assert answer.status_code == 401


def test_without_redis_no_worker_is_ready_until_it_is_back(cluster: Cluster) -> None:
    cluster.send("redis", signal.SIGKILL)
    missing = (503, {"status": "not ready", "missing": {"layer": "no beat"}})
    for worker in cluster.worker_ports():
        until(lambda worker=worker: cluster.ready(worker) == missing, "a worker that hears nobody calls itself ready")
    assert httpx.get(f"{cluster.url}/readyz", timeout=10).status_code == 503
    assert httpx.get(f"{cluster.url}/livez").status_code == 200
    cluster.must("start")
    for worker in cluster.worker_ports():
        until(lambda worker=worker: cluster.ready(worker)[0] == 200, "a worker did not find Redis again")


async def test_while_postgres_is_away_people_are_told_calmly_and_then_go_on(cluster: Cluster) -> None:
    async with talking(cluster.url, 2) as talk:
        await talk.say(talk.clients[0])
        cluster.send("postgres", signal.SIGKILL)
        said = asyncio.create_task(talk.say(talk.clients[1]))
        answer = await asyncio.to_thread(httpx.get, f"{cluster.url}/api/v1/me", headers=_bearer(talk), timeout=20)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        status, told = await asyncio.to_thread(cluster.ready, "worker2")
        assert (status, set(told["missing"])) == (503, {"database", "history"})  # type: ignore[call-overload]
        await asyncio.to_thread(cluster.must, "start")
        await said
        await talk.check()
    for worker in cluster.worker_ports():
        until(lambda worker=worker: cluster.ready(worker)[0] == 200, "a worker did not find PostgreSQL again")


def _bearer(talk: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {talk.clients[0].account.token}"}  # type: ignore[attr-defined]
