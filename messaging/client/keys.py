"""Keys for writes, each of them one write's for good."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from uuid import UUID


def random_keys() -> Iterator[UUID]:
    return iter(uuid.uuid4, None)


def counted_keys(prefix: str) -> Iterator[UUID]:
    """What a server that issued `prefix` to this socket knows to be new."""
    return (UUID(f"{prefix}{number:012x}") for number in itertools.count())
