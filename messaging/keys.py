"""Keys that only one socket can have made: they begin with what was drawn for it, so none is stored from before.

A client that takes its keys from there spares the history the search for them. Nothing depends on it: what is stored
since the beginning was drawn is found in any case, whoever used the key, wherever. Belongs to one event loop.
"""

from __future__ import annotations

import os
from uuid import UUID

from messaging.history import History

COUNTED_BITS = 48


def drawn_prefix() -> int:
    """The first 80 bits of a UUID of version 8 (RFC 9562): 74 of them random."""
    number = int.from_bytes(os.urandom(10), "big")
    return number & ~0xF000_C000 | 0x8000_8000


def written(prefix: int) -> str:
    """Its 24 characters; 12 hexadecimal digits make it a UUID."""
    return str(UUID(int=prefix << COUNTED_BITS))[:24]


class IssuedKeys:
    """Which beginnings are out, and since when."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._moments: dict[int, object] = {}

    def renew(self, old: int | None) -> int | None:
        """A beginning in place of one that spares nothing any more; None: there is nothing to gain by another."""
        if old is not None and self._history.is_recent(self._moments[old]):
            return None
        moment = self._history.moment()
        if moment is None:
            return None
        self.withdraw(old)
        prefix = drawn_prefix()
        self._moments[prefix] = moment
        return prefix

    def withdraw(self, prefix: int | None) -> None:
        if prefix is not None:
            self._moments.pop(prefix, None)

    def not_before(self, key: UUID) -> object | None:
        """A moment when nobody could know the key."""
        return self._moments.get(key.int >> COUNTED_BITS)
