"""A backup is put back under open pages, and an asynchronous follower that lagged is promoted: pages show what is
stored from then on, and nothing that was lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.browser.conftest import MakePerson
from tests.browser.restores import live_through_a_restore
from tests.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path / "parley", DATABASE_URL="", REDIS_URL="", CASSANDRA_URL="")
    server.prepare()
    server.start()
    yield server
    server.stop()


def test_a_backup_of_sqlite_is_put_back_under_open_pages(person: MakePerson, server: LiveServer) -> None:
    database, copy = server.data / "parley.sqlite3", server.data / "copy.sqlite3"

    def save() -> None:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)

    def lose() -> None:
        server.kill()
        for file in server.data.glob("parley.sqlite3*"):
            file.unlink()

    def restore() -> None:
        shutil.copy(copy, database)
        server.manage("start_epoch")
        server.start()

    live_through_a_restore(person, server, save, lose, restore)
