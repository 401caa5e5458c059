"""A backup is put back under open pages, and an asynchronous follower that lagged is promoted: pages show what is
stored from then on, and nothing that was lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.browser.conftest import MakePerson
from tests.browser.restores import live_through_a_restore
from tests.live import LiveServer
from tests.live_postgres import LivePostgres

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@contextmanager
def running(data: Path, **urls: str) -> Iterator[LiveServer]:
    server = LiveServer(data, **{"DATABASE_URL": "", "REDIS_URL": "", "CASSANDRA_URL": ""} | urls)
    server.prepare()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    with running(tmp_path / "parley") as server:
        yield server


@pytest.fixture
def primary() -> Iterator[LivePostgres]:
    with closing_postgres() as postgres:
        postgres.make()
        yield postgres


@pytest.fixture
def follower(primary: LivePostgres) -> Iterator[LivePostgres]:
    with closing_postgres() as postgres:
        postgres.follow(primary)
        yield postgres


@contextmanager
def closing_postgres() -> Iterator[LivePostgres]:
    postgres = LivePostgres()
    try:
        yield postgres
    finally:
        postgres.remove()


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


def test_a_follower_that_lagged_is_promoted_under_open_pages_and_a_running_worker(
    person: MakePerson, primary: LivePostgres, follower: LivePostgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """At one address, as behind a failover that moves it: the worker runs on and finds the epoch by itself."""
    address = tmp_path_factory.mktemp("at") / "now"
    address.symlink_to(primary.folder)

    def save() -> None:
        follower.fall_behind(primary)

    def restore() -> None:
        follower.promote()
        address.unlink()
        address.symlink_to(follower.folder)
        server.manage("start_epoch")

    url = f"postgres://parley@/parley?host={address}"
    with running(tmp_path_factory.mktemp("parley"), DATABASE_URL=url) as server:
        live_through_a_restore(person, server, save, primary.kill, restore)
