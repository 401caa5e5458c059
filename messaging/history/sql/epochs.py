"""The epochs of the SQL history: a row each, the highest is in force. Run on threads."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from messaging.history.epochs import number_after
from messaging.history.sql.database import DATABASE, EPOCH, rows_of, write_many


def read_epoch() -> int:
    [(number,)] = rows_of(f"SELECT MAX(number) FROM {EPOCH}", [])
    return number or 0


def start_epoch() -> int:
    with transaction.atomic(using=DATABASE):
        number = number_after(read_epoch())
        write_many(f"INSERT INTO {EPOCH} (number, began_at) VALUES (%s, %s)", [[number, timezone.now()]])
    return number
