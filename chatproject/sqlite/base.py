"""The database backend that the settings name for SQLite: Django's own, with this process's transactions in a queue
and comparisons without regard to case in every script (matching).

SQLite has one writer. Who finds it taken looks again after 1, 2, 5, 10, 15, 20 ms: behind a transaction of 12 ms that
people's messages need not wait for, they waited 18. In a queue the next begins when the one before has ended. Between
processes, and for statements outside of transactions, it is still SQLite that waits.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from .matching import like

_queues: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class DatabaseWrapper(base.DatabaseWrapper):
    """Every transaction is one that writes: transaction_mode is IMMEDIATE. Django's stubs leave out what is private."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._queue = _queues[str(self.settings_dict["NAME"])]
        self._is_its_turn = False

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        for arguments in (2, 3):  # with and without ESCAPE
            connection.create_function("like", arguments, like, deterministic=True)
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        self._wait_for_its_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_its_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._end_its_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_its_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_its_turn()

    def _wait_for_its_turn(self) -> None:
        """As long as SQLite would wait, and with its words."""
        if self._is_its_turn:
            return
        if not self._queue.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", 5)):
            raise OperationalError("database is locked")
        self._is_its_turn = True

    def _end_its_turn(self) -> None:
        if self._is_its_turn:
            self._is_its_turn = False
            self._queue.release()
