"""The search's own threads: one that indexes, two that ask and one that compares. None waits in a queue with anybody
else's work, and no more of them compete with the event loop for the interpreter.

In SQLite they keep their connections, which cost more to open than a step or a query; in PostgreSQL they borrow from
the pool that requests use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connection

from accounts.followers import from_primary

INDEXING = ThreadPoolExecutor(1, "search-index")
ANSWERING = ThreadPoolExecutor(2, "search-answer")
# Compares texts, which needs the interpreter all the time: of two at once the event loop would wait for both.
MATCHING = ThreadPoolExecutor(1, "search-match")
# What a power cut takes of the index is made again from the history: no step waits for the disk, nor does who sends
# wait for a step that does.
RELAX = "PRAGMA synchronous=NORMAL"

P = ParamSpec("P")
T = TypeVar("T")


async def on_thread(threads: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Raises what the work raises."""
    is_indexing = threads is INDEXING
    run = asyncio.get_running_loop().run_in_executor
    return await run(threads, lambda: _run(lambda: work(*args, **kwargs), is_indexing=is_indexing))


def _run(work: Callable[[], T], *, is_indexing: bool) -> T:
    is_done = False
    try:
        if is_indexing:
            _relax()
        with from_primary():
            result = work()
        is_done = True
        return result
    finally:
        if connection.vendor == "postgresql" or not is_done:
            connection.close()


def _relax() -> None:
    if connection.vendor == "sqlite" and connection.connection is None:
        with connection.cursor() as cursor:
            cursor.execute(RELAX)
