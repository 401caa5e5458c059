"""Writes that go together: unlogged batches of at most 50 rows and 64 KiB.

Rows of one partition come together; what is left mixes partitions, but only such as live on the same nodes, so that a
batch touches no node it need not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cassandra.query import BatchStatement, BatchType, BoundStatement

from accounts.errors import UnavailableError
from messaging.history.cassandra.session import Connected, Connection

BATCH_ROWS = 50
BATCH_BYTES = 65_536
AT_ONCE = 4


@dataclass(slots=True)
class Write:
    """One row to write. `name` is its statement, `of` which of the caller's items it belongs to."""

    name: str
    values: tuple[Any, ...]
    of: int
    size: int = 64


async def write_all(connection: Connection, writes: Iterable[Write], items: int) -> list[bool]:
    """For each of the caller's items whether all its rows are at quorum."""
    done = [True] * items
    connected = await connection.connected()
    slots = asyncio.Semaphore(AT_ONCE)

    async def send(batch: Sequence[tuple[Write, BoundStatement]]) -> None:
        statement = _batch([bound for _, bound in batch])
        try:
            async with slots:
                await connection.send(statement)
        except UnavailableError:
            for write, _ in batch:
                done[write.of] = False

    await asyncio.gather(*(send(batch) for batch in _in_batches(connected, writes)))
    return done


def _batch(bound: Sequence[BoundStatement]) -> Any:
    if len(bound) == 1:
        return bound[0]
    batch = BatchStatement(BatchType.UNLOGGED)
    for statement in bound:
        batch.add(statement)
    batch.is_idempotent = True
    return batch


def _in_batches(connected: Connected, writes: Iterable[Write]) -> Iterator[list[tuple[Write, BoundStatement]]]:
    bound = [(write, connected.statements[write.name].bind(write.values)) for write in writes]
    homes: dict[bytes, Any] = {statement.routing_key: None for _, statement in bound}
    for key in homes:
        homes[key] = _home(connected, key)
    bound.sort(key=lambda pair: (homes[pair[1].routing_key], pair[1].routing_key))
    batch: list[tuple[Write, BoundStatement]] = []
    size, home = 0, None
    for write, statement in bound:
        full = len(batch) >= BATCH_ROWS or size + write.size > BATCH_BYTES
        if batch and (full or homes[statement.routing_key] != home):
            yield batch
            batch, size = [], 0
        batch.append((write, statement))
        size, home = size + write.size, homes[statement.routing_key]
    if batch:
        yield batch


def _home(connected: Connected, key: bytes) -> tuple[str, ...]:
    """The nodes that keep a partition."""
    session = connected.session
    replicas = session.cluster.metadata.get_replicas(session.keyspace, key)
    return tuple(sorted(host.address for host in replicas))
