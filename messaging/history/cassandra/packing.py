"""Rows in the form in which they go over the wire, and batches of them.

The driver's way, a bound statement for each row that names each of its columns again, was an eighth of what a
message cost a worker. The serializers are the driver's. Knows no table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from cassandra.query import BatchStatement, BatchType, PreparedStatement


class Packer:
    """Of one statement. `key_of` tells the partition's key of a row's values: one value, or a tuple of several."""

    def __init__(self, prepared: PreparedStatement) -> None:
        self.query_id: bytes = prepared.query_id
        self._version = prepared.protocol_version
        self._serializers = [column.type.serialize for column in prepared.column_metadata]
        self._key_indexes: Sequence[int] = prepared.routing_key_indexes
        self.key_of: Callable[[Sequence[Any]], Any] = itemgetter(*self._key_indexes)

    def pack(self, values: Sequence[Any]) -> list[bytes | None]:
        """Raises ValueError unless there is one for each of the statement's columns."""
        version = self._version
        return [
            None if value is None else serialize(value, version)
            for serialize, value in zip(self._serializers, values, strict=True)
        ]

    def partition(self, values: Sequence[Any]) -> bytes:
        """The partition's key as the nodes hash it: its one column, or each of several with its length."""
        parts: list[bytes] = [self._serializers[index](values[index], self._version) for index in self._key_indexes]
        if len(parts) == 1:
            return parts[0]
        return b"".join(b"%b%b\x00" % (len(part).to_bytes(2, "big"), part) for part in parts)


class RowsBatch(BatchStatement):
    """Unlogged and safe to repeat. `partition` decides which nodes are asked first."""

    def __init__(self, keyspace: str, partition: bytes) -> None:
        super().__init__(BatchType.UNLOGGED)
        self.keyspace, self.routing_key = keyspace, partition
        self.is_idempotent = True

    def put(self, packer: Packer, values: Sequence[Any]) -> None:
        self._add_statement_and_params(True, packer.query_id, packer.pack(values))
