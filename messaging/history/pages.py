"""A page out of what a store has read: what fits, and which later changes go with it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from messaging.history.contract import Page

PAGE_BYTES = 262_144
# More later changes than this are not read at once; one message never has so many.
LATER_MOST = 2_000

Row = tuple[int, bytes]
# The message it concerns, its own number, its content.
Annotation = tuple[int, int, bytes]


def make_page(
    rows: Sequence[Row], annotations: Sequence[Annotation], *, head: int, forward: bool, reaches_end: bool
) -> Page:
    """`rows` and `annotations` come in the order of reading: ascending when forward, else descending.

    `reaches_end`: nothing lies behind the rows.
    """
    later = _by_message(annotations)
    kept = _fitting(_whole(rows, annotations, forward=forward), later)
    complete = reaches_end and len(kept) == len(rows)
    if not forward:
        kept.reverse()
    return Page([content for _, content in kept], head, complete, _outside(kept, later))


def _by_message(annotations: Iterable[Annotation]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for target, seq, content in annotations:
        found[target].append((seq, content))
    return found


def _whole(rows: Sequence[Row], annotations: Sequence[Annotation], *, forward: bool) -> Sequence[Row]:
    """The rows whose later changes have all been read."""
    if len(annotations) <= LATER_MOST:
        return rows
    torn = annotations[-1][0]
    return [row for row in rows if (row[0] < torn if forward else row[0] > torn)]


def _fitting(rows: Sequence[Row], later: dict[int, list[Row]]) -> list[Row]:
    """As many as fit into a page, at least one."""
    total = 0
    for index, (seq, content) in enumerate(rows):
        total += len(content) + sum(len(more) for _, more in later.get(seq, ()))
        if total > PAGE_BYTES and index:
            return list(rows[:index])
    return list(rows)


def _outside(kept: Sequence[Row], later: dict[int, list[Row]]) -> list[bytes]:
    if not kept or not later:
        return []
    first, last = kept[0][0], kept[-1][0]
    found = [row for seq, _ in kept for row in later.get(seq, ()) if not first <= row[0] <= last]
    return [content for _, content in sorted(found)]
