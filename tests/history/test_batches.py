"""How a flush is cut into batches: by the nodes that keep the rows, partitions together, 50 rows and 64 KiB at most."""

from __future__ import annotations

import uuid
from operator import itemgetter
from types import SimpleNamespace
from typing import Any

import pytest
from cassandra.cqltypes import BooleanType, BytesType, Int32Type, LongType, UUIDType
from cassandra.protocol import ColumnMetadata
from cassandra.query import BatchStatement, PreparedStatement

from messaging.history.cassandra import batches, packing
from messaging.history.cassandra.batches import BATCH_BYTES, BATCH_ROWS, Write
from messaging.history.cassandra.buckets import bucket_of, keys_bucket_of, keys_buckets
from messaging.history.cassandra.policies import LeavesOutPolicy

PLACE = uuid.uuid4()
NODES = {b"a": "one", b"b": "one", b"c": "two"}


class Packer:
    """Of rows that are a partition and a number."""

    key_of = staticmethod(itemgetter(0))

    def partition(self, values: tuple[bytes, int]) -> bytes:
        return values[0]


def connected() -> Any:
    def replicas(keyspace: str, key: bytes) -> list[Any]:
        return [SimpleNamespace(address=NODES[key])]

    session = SimpleNamespace(keyspace="k", cluster=SimpleNamespace(metadata=SimpleNamespace(get_replicas=replicas)))
    return SimpleNamespace(session=session, packers={"row": Packer()})


def cut(writes: list[Write]) -> list[list[tuple[bytes, int]]]:
    made = batches._in_batches(connected(), writes)
    return [[write.values for write in batch] for batch in made]  # type: ignore[misc]


def test_rows_of_one_partition_come_together_and_in_order() -> None:
    writes = [Write("row", (key, number), 0) for number, key in enumerate([b"b", b"a", b"b", b"a"])]
    assert cut(writes) == [[(b"b", 0), (b"b", 2), (b"a", 1), (b"a", 3)]]


def test_a_batch_never_mixes_partitions_of_different_nodes() -> None:
    writes = [Write("row", (key, 0), 0) for key in (b"a", b"c", b"b")]
    assert cut(writes) == [[(b"a", 0), (b"b", 0)], [(b"c", 0)]]


@pytest.mark.parametrize(("rows", "size"), [(120, 64), (30, BATCH_BYTES // 7)])
def test_no_batch_is_too_large_and_nothing_is_left_out(rows: int, size: int) -> None:
    made = cut([Write("row", (b"a", number), 0, size) for number in range(rows)])
    assert [number for batch in made for _, number in batch] == list(range(rows))
    assert all(len(batch) <= BATCH_ROWS and len(batch) * size <= BATCH_BYTES for batch in made)


def test_a_row_larger_than_a_batch_travels_alone() -> None:
    made = cut([Write("row", (b"a", number), 0, size) for number, size in enumerate([10, BATCH_BYTES * 2, 10])])
    assert [len(batch) for batch in made] == [1, 1, 1]


KEY = [("place", UUIDType), ("bucket", Int32Type)]


@pytest.mark.parametrize(
    ("columns", "indexes", "values"),
    [
        ([*KEY, ("content", BytesType), ("is_message", BooleanType)], [0, 1], (PLACE, 7, b"{}", True)),
        ([("at", LongType), ("preview", BytesType), ("place", UUIDType)], [2], (-1, None, PLACE)),
        ([("id", BytesType), *KEY], [1, 2], (b"", PLACE, 0)),
    ],
)
def test_rows_are_packed_as_the_driver_binds_them(
    columns: list[Any], indexes: list[int], values: tuple[Any, ...]
) -> None:
    described = [ColumnMetadata("k", "t", name, kind) for name, kind in columns]
    prepared = PreparedStatement(described, b"id", indexes, "INSERT", "k", 5, None, None)
    packer, bound = packing.Packer(prepared), prepared.bind(values)
    partition = packer.partition(values)
    assert (packer.pack(values), partition) == (bound.values, bound.routing_key)
    with pytest.raises(ValueError, match="zip"):
        packer.pack(values[:-1])
    batch = packing.RowsBatch("k", partition)
    batch.put(packer, values)
    by_driver = BatchStatement()
    by_driver.add(bound)
    for name in ("_statements_and_parameters", "keyspace", "routing_key"):
        assert getattr(batch, name) == getattr(by_driver, name)


class Inner:
    def make_query_plan(self, keyspace: Any, query: Any) -> list[str]:
        return ["one", "two", "three"]


def test_a_node_that_timed_out_is_asked_last_for_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = LeavesOutPolicy("datacenter1")
    monkeypatch.setattr(policy, "_inner", Inner())
    now = 100.0
    monkeypatch.setattr("messaging.history.cassandra.policies.time.monotonic", lambda: now)
    policy.leave_out("one")
    assert list(policy.make_query_plan()) == ["two", "three", "one"]
    now += 6
    assert list(policy.make_query_plan()) == ["one", "two", "three"]


def test_whoever_looks_for_a_key_asks_every_partition_that_may_hold_it() -> None:
    for head in (0, 1, 9_999, 10_000, 199_999, 200_000, 1_000_000):
        for seq in {1, head // 2 + 1, head + 1, head + 199_999}:
            assert keys_bucket_of(seq) in keys_buckets(head)
    assert len(keys_buckets(199_999)) == 2
    assert keys_bucket_of(9_999) == bucket_of(9_999)
