"""One cluster for all tests that want one; each leaves it whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster.whole import Cluster
from tests.live_process import free_port


@contextmanager
def running_cluster(**environment: str) -> Iterator[Cluster]:
    """In a folder of its own, started with these variables; nothing of it runs afterwards."""
    # Not under pytest's own folder, which is closed to the users that PostgreSQL and nginx run as.
    folder = Path(tempfile.mkdtemp(prefix="parley-cluster-"))
    folder.chmod(0o755)
    cluster = Cluster(folder, free_port(), **environment)
    try:
        cluster.must("start")
        yield cluster
    finally:
        pids = cluster.pids()
        cluster.run("stop")
        left = [name for name, pid in pids.items() if _is_running(pid)]
        shutil.rmtree(folder)
        assert left == []


@pytest.fixture(scope="session")
def started_cluster() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(started_cluster: Cluster) -> Iterator[Cluster]:
    yield started_cluster
    started_cluster.must("start")


def _is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text() and os.getpgid(pid) > 0
    except (FileNotFoundError, ProcessLookupError):
        return False
