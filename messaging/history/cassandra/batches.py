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
from messaging.history.cassandra.packing import Packed, Packer, RowsBatch
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


@dataclass(slots=True)
class Row:
    """A write, packed, and the partition it goes to."""

    write: Write
    packer: Packer
    packed: Packed
    partition: bytes


async def write_all(connection: Connection, writes: Iterable[Write], items: int) -> list[bool]:
    """For each of the caller's items whether all its rows are at quorum."""
    done = [True] * items
    connected = await connection.connected()
    slots = asyncio.Semaphore(AT_ONCE)

    async def send(rows: Sequence[Row]) -> None:
        statement = _statement(connected, rows)
        try:
            async with slots:
                await connection.send(statement)
        except UnavailableError:
            for row in rows:
                done[row.write.of] = False

    await asyncio.gather(*(send(rows) for rows in _in_batches(connected, writes)))
    return done


def _statement(connected: Connected, rows: Sequence[Row]) -> Statement:
    if len(rows) == 1:
        [row] = rows
        return connected.statements[row.write.name].bind(row.write.values)
    batch = RowsBatch(connected.session.keyspace, rows[0].partition)
    for row in rows:
        batch.put(row.packer, row.packed)
    return batch


def _in_batches(connected: Connected, writes: Iterable[Write]) -> Iterator[list[Row]]:
    partitions: dict[bytes, list[Row]] = defaultdict(list)
    for write in writes:
        packer = connected.packers[write.name]
        packed = packer.pack(write.values)
        partition = packer.partition(packed)
        partitions[partition].append(Row(write, packer, packed, partition))
    homes: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for partition, rows in partitions.items():
        homes[_home(connected, partition)] += rows
    for rows in homes.values():
        yield from _cut(rows)


def _cut(rows: Sequence[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        if batch and (len(batch) >= BATCH_ROWS or size + row.write.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row.write.size
    if batch:
        yield batch


def _home(connected: Connected, partition: bytes) -> tuple[str, ...]:
    """The nodes that keep a partition."""
    session = connected.session
    replicas = session.cluster.metadata.get_replicas(session.keyspace, partition)
    return tuple(sorted(host.address for host in replicas))
