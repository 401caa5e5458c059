"""Times as the numbering counts them, in microseconds since 1970, and as the wire writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What is stored together mostly has one time.
KNOWN_MOST = 256


@lru_cache(KNOWN_MOST)
def wire_time(micros: int) -> str:
    moment = EPOCH + timedelta(microseconds=micros)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache(KNOWN_MOST)
def micros_of(sent_at: str) -> int:
    """0 for no time."""
    return (datetime.fromisoformat(sent_at) - EPOCH) // timedelta(microseconds=1) if sent_at else 0
