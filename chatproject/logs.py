"""How the log is written: a store that does not answer, or a request that makes no sense, is one line, not a traceback.

Nothing else is shortened.
"""

from __future__ import annotations

import asyncio
import logging

# None of them is a fault of ours.
FOREIGN = {
    "accounts.errors": {"UnavailableError"},
    "django.core.exceptions": {"BadRequest", "SuspiciousOperation"},
    "django.db.utils": {"OperationalError", "InterfaceError"},
    "redis.exceptions": {"ConnectionError", "TimeoutError", "BusyLoadingError"},
}


def first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


class OneLine(logging.Filter):
    """Where it happened is told by the message; what our code did before says nothing about what others do."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and _is_foreign(error):
            record.msg, record.args = f"{record.getMessage()}: {first_line(error)}", None
            record.exc_info = record.exc_text = None
        return True


class Abandoned(logging.Filter):
    """Drops what asyncio says of a cancelled request whose thread ended later: its client left, and nobody waits."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not (record.name == "asyncio" and isinstance(error, asyncio.CancelledError))


def _is_foreign(error: BaseException) -> bool:
    return any(kind.__name__ in FOREIGN.get(kind.__module__, ()) for kind in type(error).__mro__)
