"""The history's tables and the rows in them: names, ids as the database keeps them, queries. No rule lives here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections

from groups.models import Membership
from messaging.models import Annotation, Change, Epoch, Head, Mark, Mention, Version

DATABASE = "default"
ROWS_AT_ONCE = 400

EPOCH = Epoch._meta.db_table
HEAD = Head._meta.db_table
CHANGE = Change._meta.db_table
MARK = Mark._meta.db_table
ANNOTATION = Annotation._meta.db_table
VERSION = Version._meta.db_table
MENTION = Mention._meta.db_table
# Who is where: in the same database, and read here in one place only (overview.py).
MEMBERSHIP = Membership._meta.db_table

Item = TypeVar("Item")


def as_stored(value: UUID) -> Any:
    """As the database keeps it: itself in PostgreSQL, 32 hexadecimal digits in SQLite."""
    return value if keeps_uuids() else value.hex


@cache
def keeps_uuids() -> bool:
    """Asked ten times a message; the settings that say it hold as long as the process."""
    return bool(connections[DATABASE].features.has_native_uuid_field)


def as_uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def rows_of(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def write_many(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    if rows := list(rows):
        with connections[DATABASE].cursor() as cursor:
            cursor.executemany(sql, rows)


def locks_rows() -> bool:
    """Whether rows are locked one by one; SQLite's transaction locks them all."""
    return bool(connections[DATABASE].features.has_select_for_update)


def take_your_time() -> None:
    """The statements of this transaction may last, in PostgreSQL: a long conversation's rows are many."""
    with connections[DATABASE].cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")


def in_chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), ROWS_AT_ONCE):
        yield items[start : start + ROWS_AT_ONCE]


def places(count: int) -> str:
    return ", ".join(["%s"] * count)
