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

from cassandra.query import Statement

from accounts.errors import UnavailableError
from messaging.history.cassandra.packing import RowsBatch
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

    async def send(writes: Sequence[Write]) -> None:
        statement = _statement(connected, writes)
        try:
            async with slots:
                await connection.send(statement)
        except UnavailableError:
            for write in writes:
                done[write.of] = False

    await asyncio.gather(*(send(batch) for batch in _in_batches(connected, writes)))
    return done


def _statement(connected: Connected, writes: Sequence[Write]) -> Statement:
    first = writes[0]
    if len(writes) == 1:
        return connected.statements[first.name].bind(first.values)
    packers = connected.packers
    batch = RowsBatch(connected.session.keyspace, packers[first.name].partition(first.values))
    for write in writes:
        batch.put(packers[write.name], write.values)
    return batch


def _in_batches(connected: Connected, writes: Iterable[Write]) -> Iterator[list[Write]]:
    """A partition is known by the values of its key: tables whose keys say the same have it on the same nodes."""
    packers = connected.packers
    partitions: dict[Any, list[Write]] = defaultdict(list)
    for write in writes:
        partitions[packers[write.name].key_of(write.values)].append(write)
    homes: dict[tuple[str, ...], list[Write]] = defaultdict(list)
    for together in partitions.values():
        first = together[0]
        homes[_home(connected, packers[first.name].partition(first.values))] += together
    for together in homes.values():
        yield from _cut(together)


def _cut(writes: Sequence[Write]) -> Iterator[list[Write]]:
    batch: list[Write] = []
    size = 0
    for write in writes:
        if batch and (len(batch) >= BATCH_ROWS or size + write.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(write)
        size += write.size
    if batch:
        yield batch


def _home(connected: Connected, partition: bytes) -> tuple[str, ...]:
    """The nodes that keep a partition."""
    session = connected.session
    replicas = session.cluster.metadata.get_replicas(session.keyspace, partition)
    return tuple(sorted(host.address for host in replicas))
