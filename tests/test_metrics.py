"""A worker counts what it does, tells its own machine only, and notices when its event loop is held up."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.live import LiveServer

pytestmark = pytest.mark.server
TOKEN = "a word between us"
HELD_UP_SECONDS = 1.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("parley"), PARLEY_METRICS_TOKEN=TOKEN, PARLEY_BEHIND_PROXY="1")
    server.prepare()
    server.start()
    yield server
    server.stop()


def ask(server: LiveServer, **headers: str) -> httpx.Response:
    return httpx.get(f"{server.url}/metrics", headers={name.replace("_", "-"): text for name, text in headers.items()})


def read(server: LiveServer) -> dict[str, float]:
    """Samples without labels by name; of histograms "name_bucket<bound>"."""
    answer = ask(server, Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    samples = (sample for family in text_string_to_metric_families(answer.text) for sample in family.samples)
    return {sample.name + "".join(sample.labels.values()): sample.value for sample in samples}


async def test_sockets_and_messages_are_counted(server: LiveServer) -> None:
    before = await asyncio.to_thread(read, server)
    alice = await asyncio.to_thread(server.sign_up, "alice")
    group = await asyncio.to_thread(alice.make_group)
    socket, other = await alice.connect(), await alice.connect()
    for number in range(5):
        await socket.say(group, str(number))
    after = await asyncio.to_thread(read, server)
    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert grown["parley_sockets"] == 2
    assert grown["parley_changes_stored_total"] >= 5
    assert grown["parley_flush_changes_sum"] == grown["parley_changes_stored_total"]
    assert grown["parley_flush_seconds_count"] == grown["parley_flush_changes_count"] >= 5
    assert grown["parley_changes_refused_total"] == 0
    await socket.close()
    await other.close()


def test_no_label_could_name_anybody(server: LiveServer) -> None:
    families = [
        family
        for family in text_string_to_metric_families(ask(server, Authorization=f"Bearer {TOKEN}").text)
        if "parley" in family.name
    ]
    assert len(families) >= 6
    assert {label for family in families for sample in family.samples for label in sample.labels} <= {"le"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "127.0.0.1"},
        {"X_Real_IP": "192.0.2.7"},
        {"X_Real_IP": "127.0.0.1"},
        {"X_Forwarded_For": "127.0.0.1"},
        {"Authorization": "Bearer nonsense", "X_Real_IP": "192.0.2.7"},
    ],
)
def test_without_the_token_there_is_nothing(server: LiveServer, headers: dict[str, str]) -> None:
    assert ask(server, **headers).status_code == 404


def test_whoever_has_the_token_may_read_from_elsewhere(server: LiveServer) -> None:
    assert ask(server, X_Real_IP="192.0.2.7", Authorization=f"Bearer {TOKEN}").status_code == 200


def test_a_token_is_made_and_kept_where_none_is_set(tmp_path: Path) -> None:
    server = LiveServer(tmp_path)
    server.prepare()
    server.start()
    try:
        kept = tmp_path / "metrics_token"
        assert kept.stat().st_mode & 0o777 == 0o600
        assert ask(server, Authorization=f"Bearer {kept.read_text()}").status_code == 200
        assert [ask(server, Authorization=text).status_code for text in ("Bearer", "Bearer x")] == [404, 404]
    finally:
        server.stop()


def test_an_event_loop_that_is_held_up_is_seen_and_logged(server: LiveServer) -> None:
    before = read(server)
    os.kill(server.pid, signal.SIGSTOP)
    time.sleep(HELD_UP_SECONDS)  # what holds it up
    os.kill(server.pid, signal.SIGCONT)
    deadline = time.monotonic() + 10
    while (after := read(server))["parley_event_loop_lag_seconds_count"] < before[
        "parley_event_loop_lag_seconds_count"
    ] + 3:
        assert time.monotonic() < deadline
    late = [after[name] - before[name] for name in ("parley_event_loop_lag_seconds_count", _below(0.5))]
    assert late[0] - late[1] >= 1
    assert "the event loop was held up for" in server.log.read_text()


def _below(seconds: float) -> str:
    return f"parley_event_loop_lag_seconds_bucket{seconds}"
