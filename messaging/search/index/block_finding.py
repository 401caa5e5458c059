"""Finding in SQLite: what no block covers yet is read as it is; of the rest the blocks whose signatures may have all
n-grams, the newest first, until there are enough."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from messaging.models import SearchCursor, SearchEntry
from messaging.search.grams import first_place
from messaging.search.index.blocks import BLOCK, may_have
from messaging.search.index.contract import Place, Wanted
from messaging.search.index.entries import ENTRY

CURSOR = SearchCursor._meta.db_table
# One query reads the texts of so many blocks; a rare term is in few, and a common one needs few.
MAX_BLOCKS = 256
ROWS_AT_ONCE = 64
# Above every place of its time.
TOP = 2**63 - 1

Sql = tuple[str, list[Any]]


class Block(NamedTuple):
    cursor: int
    first: int
    last: int
    newest: str


def find_in_blocks(wanted: Wanted, cursors: Sequence[int], limit: int) -> tuple[list[Place], Place | None]:
    """At most `limit` places, and where to go on if there may be more."""
    if not cursors:
        return [], None
    with connection.cursor() as asking:
        found = _unsealed(asking, wanted, cursors, limit + 1)
        blocks = _blocks(asking, wanted, cursors)
        for block in blocks[:MAX_BLOCKS]:
            found = sorted(found, reverse=True)[: limit + 1]
            if len(found) > limit and found[limit].sent_at > block.newest:
                break
            found += _in_block(asking, wanted, block, limit + 1)
        else:
            if len(blocks) > MAX_BLOCKS:
                return _above(found, blocks[MAX_BLOCKS], limit)
    found = sorted(found, reverse=True)
    return found[:limit], found[limit - 1] if len(found) > limit else None


def _above(found: Sequence[Place], block: Block, limit: int) -> tuple[list[Place], Place]:
    """What is newer than a block that is not read any more; the rest is the next page's, with what that block has."""
    top = Place(block.newest, TOP, TOP)
    above = [place for place in sorted(found, reverse=True) if place > top]
    return above[:limit], above[limit - 1] if len(above) > limit else top


def _unsealed(asking: CursorWrapper, wanted: Wanted, cursors: Sequence[int], limit: int) -> list[Place]:
    """CROSS JOIN keeps the order of the tables: each conversation's last entries, not all entries by time."""
    fits, values = _fitting(wanted)
    asking.execute(
        f"SELECT e.sent_at, e.cursor_id, e.seq, e.text FROM {CURSOR} c CROSS JOIN {ENTRY} e"
        f" WHERE c.id IN (SELECT value FROM json_each(%s)) AND e.cursor_id = c.id AND e.seq > c.sealed AND {fits}"
        " ORDER BY e.sent_at DESC, e.cursor_id DESC, e.seq DESC",
        [json.dumps(cursors), *values],
    )
    return _first(asking, wanted, limit)


def _blocks(asking: CursorWrapper, wanted: Wanted, cursors: Sequence[int]) -> list[Block]:
    """Those to read, the newest first, and one more."""
    may, values = may_have(wanted.grams)
    within, bounds = _overlapping(wanted)
    asking.execute(
        f"SELECT cursor_id, first_seq, last_seq, newest FROM {BLOCK}"
        f" WHERE cursor_id IN (SELECT value FROM json_each(%s)) AND {within} AND {may}"
        " ORDER BY newest DESC, cursor_id DESC LIMIT %s",
        [json.dumps(cursors), *bounds, *values, MAX_BLOCKS + 1],
    )
    return [Block(*row) for row in asking.fetchall()]


def _overlapping(wanted: Wanted) -> Sql:
    conditions, values = ["1"], []
    if wanted.since:
        conditions.append("newest >= %s")
        values.append(wanted.since)
    if wanted.until:
        conditions.append("oldest < %s")
        values.append(wanted.until)
    if wanted.below:
        conditions.append("oldest <= %s")
        values.append(wanted.below.sent_at)
    return " AND ".join(conditions), values


def _in_block(asking: CursorWrapper, wanted: Wanted, block: Block, limit: int) -> list[Place]:
    fits, values = _fitting(wanted)
    asking.execute(
        f"SELECT e.sent_at, e.cursor_id, e.seq, e.text FROM {ENTRY} e"
        f" WHERE e.cursor_id = %s AND e.seq BETWEEN %s AND %s AND {fits} ORDER BY e.sent_at DESC, e.seq DESC",
        [block.cursor, block.first, block.last, *values],
    )
    return _first(asking, wanted, limit)


def _fitting(wanted: Wanted) -> Sql:
    conditions = ["instr(e.text, %s) > 0"] * len(wanted.terms)
    values: list[Any] = list(wanted.terms)
    if wanted.author_ids is not None:
        as_stored = SearchEntry._meta.get_field("author_id").get_db_prep_value
        conditions.append("e.author_id IN (SELECT value FROM json_each(%s))")
        values.append(json.dumps([as_stored(author_id, connection) for author_id in wanted.author_ids]))
    if wanted.kinds:
        conditions.append("e.kind IN (SELECT value FROM json_each(%s))")
        values.append(json.dumps(sorted(wanted.kinds)))
    for condition, moment in (("e.sent_at >= %s", wanted.since), ("e.sent_at < %s", wanted.until)):
        if moment:
            conditions.append(condition)
            values.append(moment)
    if wanted.below:
        conditions.append("(e.sent_at, e.cursor_id, e.seq) < (%s, %s, %s)")
        values += wanted.below
    return " AND ".join(conditions), values


def _first(asking: CursorWrapper, wanted: Wanted, limit: int) -> list[Place]:
    """The first rows whose texts have the terms as find_term means it: SQL does not know where words begin."""
    found: list[Place] = []
    for *place, text in _rows(asking):
        if all(first_place(term, text) is not None for term in wanted.terms):
            found.append(Place(*place))
            if len(found) == limit:
                break
    return found


def _rows(asking: CursorWrapper) -> Iterator[Any]:
    while rows := asking.fetchmany(ROWS_AT_ONCE):
        yield from rows
