"""The search's own threads: one that indexes and two that answer, so that neither waits in a queue with anybody else's
work, and never more of them compete with the event loop for the interpreter.

In SQLite they keep their connections, which cost more to open than a step or a query; in PostgreSQL they borrow from
the pool that requests use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

from accounts.followers import from_primary

INDEXING = ThreadPoolExecutor(1, "search-index")
ANSWERING = ThreadPoolExecutor(2, "search-answer")

P = ParamSpec("P")
T = TypeVar("T")


async def on_thread(threads: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Raises what the work raises."""
    return await asyncio.get_running_loop().run_in_executor(threads, lambda: _run(lambda: work(*args, **kwargs)))


def _run(work: Callable[[], T]) -> T:
    is_done = False
    try:
        with from_primary():
            result = work()
        is_done = True
        return result
    finally:
        if connection.vendor == "postgresql" or not is_done:
            connection.close()
            close_old_connections()
