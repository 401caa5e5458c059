"""Reads from PostgreSQL's followers, which stand a moment behind the primary.

Only views that say so (`may_trail`) read there, only when they answer a safe request of somebody who wrote nothing
lately, and only from followers known to hold everything that was committed TRAIL_SECONDS ago. Everything else, the live
path with its door to members first of all, reads where it writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

from accounts.followers.lately import wrote_lately
from accounts.followers.watching import fresh_follower

View = TypeVar("View")


@dataclass(slots=True)
class Reads:
    """Where one request reads: from `follower`, if one was chosen and nothing has been written since."""

    may_trail: bool = False
    follower: str = ""
    has_written: bool = False


_reads: ContextVar[Reads | None] = ContextVar("reads", default=None)


def may_trail(view: View) -> View:
    """For views, functions or classes, whose answer may be a moment old, except for what its reader did."""
    view.may_trail = True  # type: ignore[attr-defined]
    return view


def begin_reads() -> tuple[Reads, Token[Reads | None]]:
    """A request begins; `end_reads` must follow."""
    reads = Reads()
    return reads, _reads.set(reads)


def end_reads(token: Token[Reads | None]) -> None:
    _reads.reset(token)


def choose_follower(user_id: UUID) -> None:
    """From here on this request, which is the user's, may read from a follower. Harmless to repeat."""
    reads = _reads.get()
    if reads and reads.may_trail and not reads.follower and not wrote_lately(user_id):
        reads.follower = fresh_follower() or ""


@contextmanager
def from_primary() -> Iterator[None]:
    """Also a decorator: what is read here is read where it is written, whatever the view may do."""
    token = _reads.set(None)
    try:
        yield
    finally:
        _reads.reset(token)


class FollowerRouter:
    """Django's router. Names the primary too: undecided, Django would ask where an instance was read."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        reads = _reads.get()
        if not reads or not reads.follower or reads.has_written or connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return DEFAULT_DB_ALIAS
        return reads.follower

    def db_for_write(self, model: Any, **hints: Any) -> str:
        if reads := _reads.get():
            reads.has_written = True
        return DEFAULT_DB_ALIAS

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool | None:
        """They are one database's rows, wherever they were read."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db.startswith("follower") else None
