"""A message in Cassandra as cqlengine keeps it: one insert, waited for, at local quorum like Parley's."""

from __future__ import annotations

import os
import sys
import uuid
from datetime import UTC, datetime

from cassandra import ConsistencyLevel
from cassandra.cqlengine import columns, connection
from cassandra.cqlengine.management import create_keyspace_network_topology, sync_table
from cassandra.cqlengine.models import Model

KEYSPACE = "tutorial"
REPLICAS = 3


class Message(Model):
    __keyspace__ = KEYSPACE
    __table_name__ = "message"

    room = columns.Text(partition_key=True)
    id = columns.TimeUUID(primary_key=True, default=uuid.uuid1)
    text = columns.Text()
    sent_at = columns.DateTime(default=lambda: datetime.now(UTC))


def begin(hosts: list[str]) -> None:
    connection.setup(hosts, KEYSPACE, consistency=ConsistencyLevel.LOCAL_QUORUM, protocol_version=5)


def prepare(hosts: list[str]) -> None:
    begin(hosts)
    create_keyspace_network_topology(KEYSPACE, {"datacenter1": REPLICAS})
    sync_table(Message)


if __name__ == "__main__":
    os.environ["CQLENG_ALLOW_SCHEMA_MANAGEMENT"] = "1"
    prepare(sys.argv[1].split(","))
