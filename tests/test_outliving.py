"""No server outlives its tests, not even those of a process that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live import ROOT

DEADLINE_SECONDS = 30.0
STARTS_REDIS = """
import sys, time
from pathlib import Path
from tests.live_redis import LiveRedis

server = LiveRedis(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


def until(is_it: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_it():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # polls a process that cannot call back


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def test_a_server_ends_with_the_process_that_started_it_for_its_tests(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS_REDIS, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout
        about = Path(f"/proc/{int(tests.stdout.readline())}")
        assert "redis-server" in (about / "cmdline").read_text()
        tests.kill()
    until(lambda: not about.exists() or "redis-server" not in (about / "cmdline").read_text())


def test_what_goes_on_by_itself_is_stopped_by_its_command_while_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "running").touch()
    lines = [
        {"command": ["rm", str(tmp_path / "running")], "folder": str(tmp_path)},
        {"command": ["touch", str(tmp_path / "harm")], "folder": str(tmp_path / "gone")},
    ]
    watch(*lines)
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_was_given_to_another_process_ends_nothing(sleeper: subprocess.Popen[bytes]) -> None:
    watch({"pid": sleeper.pid, "born": "1", "how": 9})
    assert sleeper.poll() is None


def test_a_database_ends_with_the_command_it_was_made_for_when_that_is_interrupted() -> None:
    command = ["sh", "deploy/with-postgres.sh", "sh", "-c", "echo $DATABASE_URL; exec sleep 600"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as interrupted:
        assert interrupted.stdout
        folder = Path(interrupted.stdout.readline().strip().rpartition("=")[2])
        about = Path("/proc", (folder / "data" / "postmaster.pid").read_text().split()[0])
        os.killpg(interrupted.pid, signal.SIGTERM)
    until(lambda: not about.exists() or not (about / "cmdline").read_text())
    assert not folder.exists()


def watch(*lines: object) -> None:
    """What the watcher does when whoever told it this has ended."""
    told = "".join(json.dumps(line) + "\n" for line in lines)
    subprocess.run([sys.executable, "-m", "tests.outliving"], cwd=ROOT, input=told, text=True, check=True, timeout=60)
