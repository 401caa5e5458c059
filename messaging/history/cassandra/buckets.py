"""Which partition of its conversation a change is in."""

from __future__ import annotations

BUCKET_CHANGES = 10_000


def bucket_of(seq: int) -> int:
    return seq // BUCKET_CHANGES
