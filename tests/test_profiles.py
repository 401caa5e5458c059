"""Each of the three URLs alone and in combination: whatever is not named falls back to its embedded counterpart."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live import LiveServer
from tests.live_postgres import LivePostgres
from tests.live_redis import LiveRedis

pytestmark = pytest.mark.server
DEADLINE_SECONDS = 40.0


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    redis, postgres = LiveRedis(tmp_path_factory.mktemp("redis")), LivePostgres()
    try:
        redis.start()
        postgres.make()
        yield {
            "REDIS_URL": redis.url,
            "DATABASE_URL": postgres.url,
            "CASSANDRA_URL": os.environ.get("CASSANDRA_URL", ""),
        }
    finally:
        redis.kill()
        postgres.remove()


def ready(server: LiveServer) -> None:
    """Returns once it is: a worker that takes over the numbering of another waits some seconds for it."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (answer := httpx.get(f"{server.url}/readyz", timeout=10)).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)  # polls a process that cannot call back


@pytest.mark.parametrize(
    "named",
    [
        set(),
        {"REDIS_URL"},
        {"DATABASE_URL"},
        {"DATABASE_URL", "REDIS_URL"},
        pytest.param({"CASSANDRA_URL"}, marks=pytest.mark.cassandra),
        pytest.param({"CASSANDRA_URL", "DATABASE_URL"}, marks=pytest.mark.cassandra),
        pytest.param({"CASSANDRA_URL", "REDIS_URL"}, marks=pytest.mark.cassandra),
        pytest.param({"CASSANDRA_URL", "DATABASE_URL", "REDIS_URL"}, marks=pytest.mark.cassandra),
    ],
    ids=lambda named: " ".join(sorted(named)) or "none",
)
async def test_people_talk_and_find_it_all_after_a_restart(
    urls: dict[str, str], tmp_path: Path, named: set[str]
) -> None:
    environment = {name: url if name in named else "" for name, url in urls.items()}
    assert all(environment[name] for name in named), "run this by deploy/with-cassandra.sh"
    server = LiveServer(tmp_path, **environment)
    server.prepare()
    server.start()
    try:
        await asyncio.to_thread(ready, server)
        alice, bob = (server.newcomer(name) for name in ("alice", "bob"))
        group = alice.make_group(bob)
        one, other = await alice.connect(), await bob.connect()
        key = str(uuid.uuid4())
        said = await one.say(group, "hello", key=key)
        assert said["type"] == "ack", (said, server.log.read_text())
        assert (await other.expect("message.sent"))["body"] == "hello"
        server.stop()
        server.start()
        await asyncio.to_thread(ready, server)
        again = await (await bob.connect()).ask(type="history.get", conversation_id=group)
        assert [change["body"] for change in again["changes"] if change["type"] == "message.sent"] == ["hello"]
        ack = await (await alice.connect()).say(group, "hello", key=key)
        assert (ack["type"], ack["repeated"]) == ("ack", True)
    finally:
        server.stop()
    assert server.troubles() == []
