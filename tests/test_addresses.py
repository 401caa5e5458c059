"""The three URLs: a wrong or unreachable one is one clear line and the end, or a worker that says what it lacks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live import ROOT, LiveServer
from tests.live_process import free_port

pytestmark = pytest.mark.server
END_SECONDS = 30.0
DEADLINE_SECONDS = 20.0
COMMANDS = ["migrate", "serve", "make_history"]
# make_history is there only where a Cassandra is named.
WELL_FORMED = {"DATABASE_URL": "", "REDIS_URL": "", "CASSANDRA_URL": "cassandra://127.0.0.1/parley"}
MALFORMED = [
    ("DATABASE_URL", "nonsense"),
    ("DATABASE_URL", "postgres://"),
    ("DATABASE_URL", "postgres://127.0.0.1:port/parley"),
    ("DATABASE_URL", "postgres://[::1/parley"),
    ("DATABASE_URL", "mysql://127.0.0.1/parley"),
    ("REDIS_URL", "nonsense"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "redis://127.0.0.1:port/0"),
    ("REDIS_URL", "redis://127.0.0.1/first"),
    ("REDIS_URL", "redis://[::1/0"),
    ("CASSANDRA_URL", "nonsense"),
    ("CASSANDRA_URL", "cassandra://127.0.0.1/"),
    ("CASSANDRA_URL", "cassandra://127.0.0.1:port/parley"),
    ("CASSANDRA_URL", "cassandra://[::1/parley"),
]
UNREACHABLE = [
    ("migrate", "DATABASE_URL", "postgres://parley@{place}/parley", "The database of DATABASE_URL does not answer"),
    ("serve", "DATABASE_URL", "postgres://parley@{place}/parley", "The database of DATABASE_URL does not answer"),
    ("serve", "REDIS_URL", "redis://{place}/0", "The Redis of REDIS_URL does not answer"),
    ("make_history", "CASSANDRA_URL", "cassandra://{place}/parley", "The Cassandra of CASSANDRA_URL"),
]


def run(data: Path, command: str, **environment: str) -> tuple[int, list[str]]:
    """The command's exit code and every line it says."""
    words = [command, "--port", str(free_port())] if command == "serve" else [command]
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "chatproject.settings", "PARLEY_DATA": str(data), **environment},
        capture_output=True,
        text=True,
        timeout=END_SECONDS,
        check=False,
    )
    return done.returncode, [*done.stdout.splitlines(), *done.stderr.splitlines()]


@pytest.fixture(params=["nobody", "somebody silent"])
def place(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where nobody listens, or somebody who takes the connection and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "somebody silent":
            listener.listen()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("variable", "value"), MALFORMED)
def test_a_malformed_address_is_one_clear_line_for_every_command(
    tmp_path: Path, command: str, variable: str, value: str
) -> None:
    code, said = run(tmp_path, command, **{**WELL_FORMED, variable: value})
    assert code == 1
    assert len(said) == 1, said
    assert said[0].startswith(variable)


@pytest.mark.parametrize(("command", "variable", "value", "line"), UNREACHABLE)
def test_an_address_where_no_store_answers_is_one_clear_line(
    tmp_path: Path, place: str, command: str, variable: str, value: str, line: str
) -> None:
    code, said = run(tmp_path, command, **{variable: value.format(place=place)})
    assert code == 1
    assert len(said) == 1, said
    assert line in said[0]


def test_a_name_that_nobody_has_is_one_clear_line(tmp_path: Path) -> None:
    name = "nobody.invalid"
    for command, variable, value, _ in UNREACHABLE:
        code, said = run(tmp_path, command, **{variable: value.format(place=name)})
        assert (code, len(said)) == (1, 1), said
        assert variable in said[0]


@pytest.mark.parametrize("value", ["cassandra://{place}/parley", "cassandra://nobody.invalid/parley"])
def test_a_worker_without_its_cassandra_is_not_ready_and_says_so_once(tmp_path: Path, place: str, value: str) -> None:
    server = LiveServer(tmp_path, CASSANDRA_URL=value.format(place=place), REDIS_URL="")
    server.prepare()
    server.start()
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while "no history: Cassandra at" not in server.log.read_text():
            assert time.monotonic() < deadline, "nothing was said"
            time.sleep(0.1)  # polls a process that cannot call back
        answer = httpx.get(f"{server.url}/readyz", timeout=10)
        assert answer.status_code == 503
        assert "history" in answer.json()["missing"]
        assert httpx.get(f"{server.url}/livez", timeout=10).status_code == 200
        alice = server.sign_up("alice")
        message = {"key": str(uuid.uuid4()), "body": "hello"}
        group = alice.make_group()
        assert alice.api.post(f"conversations/{group}/messages", json=message).status_code == 503
    finally:
        server.stop()
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "a chore of the index failed" not in log
    # The worker, and the process that indexes for it, if that had started.
    assert log.count("no history: Cassandra at") in (1, 2)
