"""`manage.py make_history`: the keyspace and the tables of the history in Cassandra. Harmless to repeat."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from typing import Any

from cassandra import DriverException, UnresolvableContactPoints
from cassandra.cluster import NoHostAvailable, Session
from cassandra.cqlengine import CQLEngineException
from cassandra.cqlengine.management import sync_table
from cassandra.io.asyncioreactor import AsyncioConnection
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from messaging.history.cassandra.address import Address, read_address
from messaging.history.cassandra.models import ALIAS, TABLES

# All nodes agree on each table before the next one: seconds on a busy machine.
TABLE_SECONDS = 60.0


class Command(BaseCommand):
    help = "Make the keyspace and the tables of the history in Cassandra."

    def handle(self, *args: Any, **options: Any) -> None:
        address = read_address(settings.CASSANDRA_URL)
        try:
            with _quietly():
                self._make(address)
        except UnresolvableContactPoints:
            raise CommandError(f"There is no host {' nor '.join(address.hosts)}, which CASSANDRA_URL names.") from None
        except (NoHostAvailable, DriverException, CQLEngineException) as error:
            places = ", ".join(address.hosts)
            raise CommandError(f"The Cassandra of CASSANDRA_URL at {places} cannot be used: {error}") from None
        self.stdout.write(f"The history's tables are in keyspace {address.keyspace}.")

    def _make(self, address: Address) -> None:
        # The driver's own loop loses count when its process ends right after the last connection, and is waited for
        # in vain: 5 seconds, and a warning.
        connections.settings[ALIAS]["OPTIONS"]["connection"]["connection_class"] = AsyncioConnection
        connections[ALIAS].connect()
        session = connections[ALIAS].connection.session
        session.default_timeout = TABLE_SECONDS
        try:
            self._make_keyspace(session, address)
            for table in TABLES:
                sync_table(table, keyspaces=[address.keyspace], connections=[ALIAS])
        finally:
            session.cluster.shutdown()

    def _make_keyspace(self, session: Session, address: Address) -> None:
        hosts = [host for host in session.cluster.metadata.all_hosts() if host.datacenter == address.dc]
        if not hosts:
            raise CommandError(f"No node of Cassandra is in the data centre {address.dc!r} that CASSANDRA_URL names.")
        replication = address.replication or min(3, len(hosts))
        session.execute(
            f"CREATE KEYSPACE IF NOT EXISTS {address.keyspace} WITH replication ="
            f" {{'class': 'NetworkTopologyStrategy', '{address.dc}': {replication}}}"
        )
        session.cluster.refresh_schema_metadata()


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """The driver logs each failed try with its traceback, and warns about being asked for a schema; we say it once."""
    os.environ["CQLENG_ALLOW_SCHEMA_MANAGEMENT"] = "1"
    logger = logging.getLogger("cassandra")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logger.setLevel(level)
