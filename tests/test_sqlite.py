"""The queue of SQLite's writers: who waits goes on when the one before has ended, however that ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.db.utils import OperationalError

from chatproject.sqlite.base import DatabaseWrapper

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="on SQLite only"),
]
DEADLINE_SECONDS = 10


@pytest.fixture
def database() -> Iterator[Any]:
    """Makes connections that SQLite itself does not let wait: what it finds taken is an error at once."""
    made: list[DatabaseWrapper] = []

    def make(seconds: float = DEADLINE_SECONDS) -> DatabaseWrapper:
        another = connections["default"].copy()
        assert isinstance(another, DatabaseWrapper)
        another.settings_dict = {**another.settings_dict, "OPTIONS": {**another.settings_dict["OPTIONS"], "timeout": 0}}
        another.inc_thread_sharing()
        another.ensure_connection()
        another.settings_dict["OPTIONS"]["timeout"] = seconds
        made.append(another)
        return another

    yield make
    for one in made:
        one.close()


def begin(database: DatabaseWrapper) -> None:
    database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def commit(database: DatabaseWrapper) -> None:
    database.commit()
    database.set_autocommit(True)


def rollback(database: DatabaseWrapper) -> None:
    database.rollback()
    database.set_autocommit(True)


@pytest.mark.parametrize("end", [commit, rollback, DatabaseWrapper.close])
def test_the_next_begins_when_the_one_before_has_ended(database: Any, end: Any) -> None:
    first, second = database(), database()
    begin(first)
    has_begun = threading.Event()

    def follow() -> None:
        begin(second)
        has_begun.set()

    thread = threading.Thread(target=follow)
    thread.start()
    assert not has_begun.wait(0.05)
    end(first)
    assert has_begun.wait(DEADLINE_SECONDS)
    thread.join()
    commit(second)


def test_who_waits_in_vain_hears_that_it_is_locked_and_is_no_obstacle_to_others(database: Any) -> None:
    first, second, third = database(), database(seconds=0.01), database()
    begin(first)
    with pytest.raises(OperationalError, match="locked"):
        begin(second)
    commit(first)
    begin(third)
    commit(third)


def test_a_transaction_that_cannot_begin_gives_its_turn_on(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = database(), database()
    with monkeypatch.context() as patched:
        patched.setattr(first, "transaction_mode", "NONSENSE")
        with pytest.raises(OperationalError):
            begin(first)
    begin(second)
    commit(second)


def test_the_database_matches_as_sql_says() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NULL LIKE 'a', 'a' LIKE NULL, 'Я' LIKE 'я', 5 LIKE '5', 'a%' LIKE 'A\\%' ESCAPE '\\'")
        assert cursor.fetchone() == (None, None, 1, 1, 1)
