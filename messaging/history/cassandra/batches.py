"""Writes that go together: unlogged batches of at most 50 rows and 64 KiB.

Rows of one partition come together; what is left mixes partitions, but only such as live on the same nodes, so that a
batch touches no node it need not.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
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
    partitions: dict[bytes, list[tuple[Write, BoundStatement]]] = defaultdict(list)
    for write in writes:
        statement = connected.statements[write.name].bind(write.values)
        partitions[statement.routing_key].append((write, statement))
    homes: dict[tuple[str, ...], list[tuple[Write, BoundStatement]]] = defaultdict(list)
    for key, bound in partitions.items():
        homes[_home(connected, key)] += bound
    for bound in homes.values():
        yield from _cut(bound)


def _cut(bound: Sequence[tuple[Write, BoundStatement]]) -> Iterator[list[tuple[Write, BoundStatement]]]:
    batch: list[tuple[Write, BoundStatement]] = []
    size = 0
    for pair in bound:
        if batch and (len(batch) >= BATCH_ROWS or size + pair[0].size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(pair)
        size += pair[0].size
    if batch:
        yield batch


def _home(connected: Connected, key: bytes) -> tuple[str, ...]:
    """The nodes that keep a partition."""
    session = connected.session
    replicas = session.cluster.metadata.get_replicas(session.keyspace, key)
    return tuple(sorted(host.address for host in replicas))
