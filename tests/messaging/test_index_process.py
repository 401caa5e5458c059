"""The process that indexes, of a real server: where it comes from, what it survives, what searches do without it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live import ROOT, Account, LiveServer, two_workers
from tests.live_redis import LiveRedis

pytestmark = pytest.mark.server
DEADLINE_SECONDS = 60.0
METRICS = "unguessable-metrics-token-of-tests"
LONG_BACKLOG = 1_200
IN_FLIGHT = 50


def until(is_so: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := is_so()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)  # polls processes that cannot call back
    return found


def children(pid: int) -> list[int]:
    """Those of a process that index."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            words = (status.parent / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z" and b"index" in words:
            found.append(int(status.parent.name))
    return found


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def index_process(server: LiveServer) -> int:
    found: list[int] = until(lambda: children(server.pid), "no process indexes")
    assert len(found) == 1
    return found[0]


def is_indexed(server: LiveServer, text: str) -> bool:
    with sqlite3.connect(f"file:{server.data / 'parley.sqlite3'}?mode=ro", uri=True) as database:
        return bool(database.execute("SELECT 1 FROM messaging_searchentry WHERE text = ?", [text]).fetchone())


def say(who: Account, group: str, body: str) -> None:
    answer = who.api.post(f"conversations/{group}/messages", json={"key": str(uuid.uuid4()), "body": body})
    assert answer.status_code == 201, answer.text


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path, PARLEY_METRICS_TOKEN=METRICS)
    server.prepare()
    server.start()
    yield server
    server.stop()


def test_a_process_beside_the_worker_indexes_what_is_said(server: LiveServer) -> None:
    alice = server.newcomer("alice")
    group = alice.make_group()
    say(alice, group, "apples")
    pid = index_process(server)
    until(lambda: is_indexed(server, "apples"), "not indexed")
    say(alice, group, "pears")
    until(lambda: is_indexed(server, "pears"), "not indexed")
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, server.pid)
    server.stop()
    assert not is_there(pid)
    assert server.troubles() == []


def test_a_process_that_was_killed_is_replaced_and_nothing_is_missed(server: LiveServer) -> None:
    alice = server.newcomer("alice")
    group = alice.make_group()
    killed = index_process(server)
    os.kill(killed, signal.SIGKILL)
    until(lambda: not is_there(killed), "not killed")
    say(alice, group, "said meanwhile")
    assert alice.api.get("search", params={"q": "meanwhile"}).json()["results"]
    until(lambda: is_indexed(server, "said meanwhile"), "not indexed")
    assert index_process(server) != killed


def test_it_ends_with_a_worker_that_is_killed_and_the_next_takes_over(server: LiveServer) -> None:
    alice = server.newcomer("alice")
    group = alice.make_group()
    pid = index_process(server)
    os.kill(pid, signal.SIGSTOP)
    say(alice, group, "nearly lost")
    server.kill()
    os.kill(pid, signal.SIGCONT)
    until(lambda: not is_there(pid), "it outlives its worker")
    server.start()
    until(lambda: is_indexed(server, "nearly lost"), "not indexed")


async def test_no_search_waits_for_a_process_that_does_nothing(server: LiveServer) -> None:
    """It finds the newest of what is not indexed, and says that there is more."""
    alice = server.newcomer("alice")
    group = await asyncio.to_thread(alice.make_group)
    pid = await asyncio.to_thread(index_process, server)
    os.kill(pid, signal.SIGSTOP)
    socket = await alice.connect()
    try:
        for start in range(0, LONG_BACKLOG, IN_FLIGHT):
            numbers = range(start, start + IN_FLIGHT)
            for number in numbers:
                command = {"type": "message.send", "key": str(uuid.uuid4()), "body": f"plum {number}"}
                await socket.connection.send(json.dumps(command | {"conversation_id": group}))
            for _ in numbers:
                await socket.expect("ack")
        took = []
        for _ in range(5):
            began = time.monotonic()
            answer = await asyncio.to_thread(alice.api.get, "search", params={"q": "plum", "limit": 5})
            took.append(time.monotonic() - began)
            assert answer.json()["is_complete"] is False
            said = ["".join(part["text"] for part in one["snippet"]) for one in answer.json()["results"]]
            assert said == [f"plum {LONG_BACKLOG - number}" for number in range(1, 6)]
        assert min(took) < 0.5
        await asyncio.to_thread(until, lambda: unindexed(server) >= LONG_BACKLOG, "no lag to be seen")
    finally:
        os.kill(pid, signal.SIGCONT)
    await asyncio.to_thread(until, lambda: unindexed(server) == 0, "not indexed")
    assert (await asyncio.to_thread(alice.api.get, "search", params={"q": "plum"})).json()["is_complete"] is True


def unindexed(server: LiveServer) -> float:
    answer = httpx.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {METRICS}"})
    found = re.search(r"^parley_search_unindexed_changes (\S+)", answer.text, re.MULTILINE)
    assert found, answer.text
    return float(found[1])


def test_workers_that_share_redis_name_work_to_one_process_of_its_own(tmp_path: Path, redis_server: LiveRedis) -> None:
    with two_workers(tmp_path, REDIS_URL=redis_server.url) as (one, other):
        environment = {**os.environ, "PARLEY_DATA": str(tmp_path), "REDIS_URL": redis_server.url}
        environment["DJANGO_SETTINGS_MODULE"] = "chatproject.settings"
        command = [sys.executable, "manage.py", "index"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            alice = one.newcomer("alice")
            group = alice.make_group()
            for server in (one, other):
                say(alice.at(server), group, f"said at {server.port}")
                until(lambda text=f"said at {server.port}": is_indexed(one, text), "not indexed")
            assert children(one.pid) == children(other.pid) == []
        finally:
            process.terminate()
            assert process.wait(DEADLINE_SECONDS) == 0
