"""A worker says whether it lives, whether it can serve, and what is missing if not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live import LiveServer
from tests.live_redis import LiveRedis

pytestmark = pytest.mark.server
DEADLINE_SECONDS = 15.0


@pytest.fixture
def worker(redis_server: LiveRedis, tmp_path: Path) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path, REDIS_URL=redis_server.url, PARLEY_DRAIN_NOTICE_SECONDS="3")
    server.prepare()
    server.start()
    yield server
    server.stop()


def until(server: LiveServer, status: int) -> dict[str, object]:
    """What /readyz says once it answers with this status."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (answer := httpx.get(f"{server.url}/readyz", timeout=10)).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)  # polls a process that cannot call back
    return dict(answer.json())


def test_a_worker_that_hears_nobody_is_alive_but_not_ready_until_it_does(
    worker: LiveServer, redis_server: LiveRedis
) -> None:
    assert until(worker, 200) == {"status": "ready"}
    redis_server.freeze()
    assert until(worker, 503) == {"status": "not ready", "missing": {"layer": "no beat"}}
    assert httpx.get(f"{worker.url}/livez").json() == {"status": "alive"}
    redis_server.thaw()
    assert until(worker, 200) == {"status": "ready"}


def test_a_worker_that_drains_says_so_before_it_stops_listening(worker: LiveServer) -> None:
    until(worker, 200)
    os.kill(worker.pid, signal.SIGTERM)
    assert until(worker, 503) == {"status": "not ready", "missing": {"worker": "draining"}}
    answer = httpx.get(f"{worker.url}/api/v1/me")
    assert (answer.status_code, answer.headers["Connection"]) == (401, "close")


def test_health_takes_no_other_method(worker: LiveServer) -> None:
    assert httpx.post(f"{worker.url}/readyz").status_code == 405
    assert httpx.head(f"{worker.url}/livez").status_code == 200
