"""Which followers may be read: those that hold all that the primary had committed TRAIL_SECONDS ago.

A thread for each follower asks the primary how far its log has come, and the follower how far it has replayed it: once
that is reached, the follower holds everything committed before the primary was asked. Whatever fails, hangs or lags
brings no news, and without news a follower is left out.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

TRAIL_SECONDS = 2.0
LOOK_SECONDS = 0.5
MARKS_MOST = 64
# The log's place as a number of bytes. A follower tells it while it follows, and none once it is a primary.
PRIMARY = "SELECT system_identifier, pg_current_wal_lsn() - '0/0' FROM pg_control_system()"
FOLLOWER = PRIMARY.replace("pg_current_wal_lsn()", "pg_last_wal_replay_lsn()") + " WHERE pg_is_in_recovery()"

logger = logging.getLogger(__name__)


class Watch(threading.Thread):
    def __init__(self, alias: str) -> None:
        super().__init__(name=f"watch-{alias}", daemon=True)
        self._alias = alias
        self._fresh_at = float("-inf")
        self._was_fresh = True
        # (when the primary was asked, where its log was), oldest first.
        self._marks: deque[tuple[float, int]] = deque(maxlen=MARKS_MOST)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self._fresh_at < TRAIL_SECONDS

    def leave_out(self) -> None:
        """Until the next good news."""
        self._fresh_at = float("-inf")

    def run(self) -> None:
        primary, follower = _own_connection(DEFAULT_DB_ALIAS), _own_connection(self._alias)
        while True:
            try:
                self._look(primary, follower)
            except Error:
                self._marks.clear()
                primary.close()
                follower.close()
            self._tell()
            time.sleep(LOOK_SECONDS)

    def _look(self, primary: BaseDatabaseWrapper, follower: BaseDatabaseWrapper) -> None:
        asked_at = time.monotonic()
        system, place = _ask(primary, PRIMARY)
        self._marks.append((asked_at, place))
        theirs, replayed = _ask(follower, FOLLOWER) or (None, None)
        if theirs != system or replayed is None:
            return self._marks.clear()
        while self._marks and self._marks[0][1] <= replayed:
            self._fresh_at = self._marks.popleft()[0]
        return None

    def _tell(self) -> None:
        if self.is_fresh != self._was_fresh:
            logger.warning("%s is %s", self._alias, "read again" if self.is_fresh else "too far behind, or away")
        self._was_fresh = self.is_fresh


def _own_connection(alias: str) -> BaseDatabaseWrapper:
    """Outside the pool: one that is used up is no follower that is down."""
    connection = connections[alias].copy()
    connection.settings_dict["OPTIONS"].pop("pool", None)
    return connection


def _ask(connection: BaseDatabaseWrapper, sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


_watches: dict[str, Watch] = {}


def watch_followers() -> None:
    """What serves calls this once; until then, and in commands, everything is read from the primary."""
    for alias in settings.FOLLOWERS:
        _watches[alias] = Watch(alias)
        _watches[alias].start()


def fresh_follower() -> str | None:
    """The alias of one that may be read now."""
    return random.choice([alias for alias, watch in _watches.items() if watch.is_fresh] or [None])


def leave_out(alias: str) -> None:
    """It failed; ask elsewhere until it proves itself again."""
    _watches[alias].leave_out()
