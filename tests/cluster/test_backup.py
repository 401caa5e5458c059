"""A cluster is saved while people talk, lost, and restored as docs/operations.md says."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from messaging.protocol import MessageSent
from tests.cluster.fixtures import running_cluster
from tests.cluster.people import Talk, talking
from tests.cluster.whole import Cluster
from tests.live import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


@pytest.fixture
def saved_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setenv("CLUSTER_HISTORY", "cassandra")
    with running_cluster() as cluster:
        yield cluster


async def test_what_was_said_before_the_backup_is_there_again(saved_cluster: Cluster, tmp_path: Path) -> None:
    async with talking(saved_cluster.url, 2, patience_seconds=600) as talk:
        for _ in range(5):
            await asyncio.gather(*(talk.say(client) for client in talk.clients))
        await asyncio.to_thread(_save, saved_cluster, tmp_path)
        kept = talk.said.copy()
        for _ in range(5):
            await talk.say(talk.clients[0])
        await asyncio.to_thread(_lose_and_restore, saved_cluster, tmp_path)
        talk.said = kept
        await _go_on(talk)


async def _go_on(talk: Talk) -> None:
    """With clients that stayed open: nothing is lacking, the next message has the next number, and nobody holds what is
    lost."""
    history = await talk.clients[0].read_history(talk.group)
    assert sorted(change.body for change in history if isinstance(change, MessageSent)) == sorted(talk.said)
    await asyncio.gather(*(talk.say(client) for client in talk.clients))
    await talk.check()


def _save(cluster: Cluster, copies: Path) -> None:
    _run("pg_dump", "--format", "custom", "--file", str(copies / "dump"), _database(cluster))
    _run("sh", "deploy/cassandra.sh", "backup", str(cluster.folder / "cassandra"), str(copies / "history"))


def _lose_and_restore(cluster: Cluster, copies: Path) -> None:
    cluster.must("stop")
    for lost in ("postgres", "redis"):
        shutil.rmtree(cluster.folder / lost)
    for node in (cluster.folder / "cassandra").glob("node*"):
        shutil.rmtree(node)
    cluster.must("prepare")
    _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--dbname", _database(cluster), str(copies / "dump"))
    _run("sh", "deploy/cassandra.sh", "restore", str(cluster.folder / "cassandra"), str(copies / "history"))
    cluster.must("start-epoch")
    cluster.must("start")


def _database(cluster: Cluster) -> str:
    port = json.loads((cluster.folder / "ports.json").read_text())["postgres"]
    password = (cluster.folder / "postgres" / "password").read_text().strip()
    return f"postgres://parley:{password}@127.0.0.1:{port}/parley"


def _run(*words: str) -> None:
    done = subprocess.run(words, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
