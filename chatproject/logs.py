"""How the log is written: a store that does not answer, or a request that makes no sense, is one line, not a traceback;
and what opens something by being known is left out of addresses.

Nothing else is shortened.
"""

from __future__ import annotations

import asyncio
import logging
import re

# None of them is a fault of ours.
FOREIGN = {
    "accounts.errors": {"UnavailableError"},
    "django.core.exceptions": {"BadRequest", "SuspiciousOperation"},
    "django.db.utils": {"OperationalError", "InterfaceError"},
    "redis.exceptions": {"ConnectionError", "TimeoutError", "BusyLoadingError"},
}

# The part of an address that is a key: of a reset, a confirmation, an invitation, the first administrator's link. Paths
# are matched wherever they stand, as in a `next`, and in either spelling of a slash. deploy/nginx.conf.template does
# the same; tests/test_secret_addresses.py holds both to the addresses that there are.
_SECRET = re.compile(
    r"((?:/|%2F)(?:reset(?:/|%2F)key|confirm-email|join|setup)(?:/|%2F)|\b(?:confirmation|invite|key|token)=)"
    r"[^\s/&?\"'<>%]+",
    re.IGNORECASE,
)


class Discreet(logging.Formatter):
    """What was asked for is written without the keys in it, also where an error's text repeats it."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


def without_secrets(text: str) -> str:
    return _SECRET.sub(r"\1...", text)


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
