"""Which partition of its conversation a change is in, and its key."""

from __future__ import annotations

BUCKET_CHANGES = 10_000
# So many buckets have their keys in one partition, which is named as the first of them: some 10 MB when it is full.
KEYS_BUCKETS = 20


def bucket_of(seq: int) -> int:
    return seq // BUCKET_CHANGES


def keys_bucket_of(seq: int) -> int:
    """In the first bucket of a partition of keys, change and key are one write: a node takes what has the same name in
    several tables together."""
    bucket = bucket_of(seq)
    return bucket - bucket % KEYS_BUCKETS


def keys_buckets(head: int) -> list[int]:
    """All that may hold keys of a conversation whose head, or nearly so, this is."""
    return list(range(0, keys_bucket_of(head) + KEYS_BUCKETS + 1, KEYS_BUCKETS))
