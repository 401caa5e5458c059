"""A snapshot of Cassandra is put back under open pages, while Redis numbers from where the lost history stood. Run by
deploy/with-cassandra.sh."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Cluster
from django.conf import settings

from messaging.history.cassandra.models import TABLES
from tests.browser.conftest import MakePerson
from tests.browser.restores import live_through_a_restore
from tests.live import ROOT, LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.cassandra, pytest.mark.timeout(400)]
TRUNCATE_SECONDS = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """Beside the Cassandra and the Redis of this run."""
    server = LiveServer(tmp_path, DATABASE_URL="")
    server.prepare()
    server.start()
    yield server
    server.stop()


def test_a_snapshot_is_put_back_under_open_pages(person: MakePerson, server: LiveServer, tmp_path: Path) -> None:
    copy = tmp_path / "history"

    def save() -> None:
        copy_tables("backup", copy)

    def lose() -> None:
        server.kill()
        empty_tables()

    def restore() -> None:
        copy_tables("restore", copy)
        said = server.manage("start_epoch")
        assert " begins, in " in said, said
        server.start()

    live_through_a_restore(person, server, save, lose, restore)


def copy_tables(command: str, folder: Path) -> None:
    words = ["sh", "deploy/cassandra.sh", command, os.environ["CASSANDRA_FOLDER"], str(folder)]
    environment = {**os.environ, "CASSANDRA_KEYSPACE": settings.CASSANDRA.keyspace}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def empty_tables() -> None:
    address = settings.CASSANDRA
    cluster = Cluster(list(address.hosts), port=address.port)
    try:
        session = cluster.connect(address.keyspace)
        for table in TABLES:
            session.execute(f"TRUNCATE {table.__table_name__}", timeout=TRUNCATE_SECONDS)
    finally:
        cluster.shutdown()
