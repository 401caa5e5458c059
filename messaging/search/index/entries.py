"""Entries and their grams: written, changed and taken away, inside the transaction that moves their cursor.

The two databases keep grams each in the way it searches best: PostgreSQL as an array in the entry, under an inverted
index; SQLite as rows that are nothing but their key. What is deleted is deleted there and then.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from messaging.models import SearchEntry, SearchGram
from messaging.search.grams import grams_of_text
from messaging.search.index.contract import NAME_MARK, Entry

ENTRY = SearchEntry._meta.db_table
GRAM = SearchGram._meta.db_table

# In SQLite all of a message at once: with a row each a thread gives the interpreter away for each, and comes back to it
# last where much goes on, while the only writer waits for it.
ADD_GRAMS = f"INSERT INTO {GRAM} (cursor_id, seq, gram) SELECT %s, %s, value FROM json_each(%s)"
DROP_GRAMS = f"DELETE FROM {GRAM} WHERE cursor_id = %s AND seq = %s AND gram IN (SELECT value FROM json_each(%s))"
SET_GRAMS = f"UPDATE {ENTRY} SET grams = %s WHERE cursor_id = %s AND seq = %s"

# What each message (by its seq) may be found by.
Grams = Mapping[int, Sequence[str]]


def has_inverted_index() -> bool:
    return connection.vendor == "postgresql"


def changes_at_once() -> int:
    """What one transaction may take in. SQLite has one writer, and people send meanwhile: five messages of 200
    letters keep them waiting for some 7 ms where the interpreter is busy. PostgreSQL lets both write."""
    return 50 if has_inverted_index() else 5


def grams_of(entries: Iterable[Entry]) -> Grams:
    """By seq. Takes its time, so it is done before the transaction."""
    return _grams_of({one.seq: one.text for one in entries})


def put(cursor: int, entries: Sequence[Entry], grams: Grams) -> None:
    SearchEntry.objects.bulk_create(
        SearchEntry(
            cursor_id=cursor, seq=one.seq, author_id=one.author_id, sent_at=one.sent_at, kind=one.kind, text=one.text
        )
        for one in entries
    )
    _add_grams(cursor, grams)


def change(cursor: int, texts: Mapping[int, str]) -> None:
    """Of a message that is not there any more nothing comes back."""
    known = _texts(cursor, texts)
    _drop_grams(cursor, _grams_of(known))
    changed = {seq: _with_name_of(before, texts[seq]) for seq, before in known.items()}
    for seq, text in changed.items():
        SearchEntry.objects.filter(cursor_id=cursor, seq=seq).update(text=text)
    _add_grams(cursor, _grams_of(changed))


def _with_name_of(before: str, text: str) -> str:
    _, mark, name = before.partition(NAME_MARK)
    return text + mark + name


def remove(cursor: int, seqs: Collection[int]) -> None:
    if not seqs:
        return
    _drop_grams(cursor, _grams_of(_texts(cursor, seqs)))
    SearchEntry.objects.filter(cursor_id=cursor, seq__in=seqs).delete()


def _texts(cursor: int, seqs: Iterable[int]) -> dict[int, str]:
    rows = SearchEntry.objects.filter(cursor_id=cursor, seq__in=list(seqs))
    return dict(rows.values_list("seq", "text"))


def _grams_of(texts: Mapping[int, str]) -> Grams:
    return {seq: sorted(grams_of_text(text)) for seq, text in texts.items()}


def _add_grams(cursor: int, grams: Grams) -> None:
    if has_inverted_index():
        _write(SET_GRAMS, ((some, cursor, seq) for seq, some in grams.items()))
    else:
        _write(ADD_GRAMS, _gram_rows(cursor, grams))


def _drop_grams(cursor: int, grams: Grams) -> None:
    """In PostgreSQL they go with the entry, or are replaced in it."""
    if not has_inverted_index():
        _write(DROP_GRAMS, _gram_rows(cursor, grams))


def _gram_rows(cursor: int, grams: Grams) -> Iterator[tuple[int, int, str]]:
    return ((cursor, seq, json.dumps(some, ensure_ascii=False)) for seq, some in grams.items())


def _write(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    if rows := list(rows):
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)
