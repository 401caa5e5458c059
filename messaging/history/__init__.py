"""The only door to stored messages: the contract, and which implementation serves it.

Nobody outside this package knows where a change is kept.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings

from messaging.history.contract import Draft, Glance, History, Mark, Page, Stored

__all__ = ["Draft", "Glance", "History", "Mark", "Page", "Stored", "history"]


@cache
def history() -> History:
    """The history this process uses: in Cassandra when CASSANDRA_URL says where, else beside the relational data."""
    # Imported here: settings read an address from this package before there are models, and most have no Cassandra.
    if settings.CASSANDRA_URL:
        from messaging.history.cassandra.store import CassandraHistory

        return CassandraHistory(settings.CASSANDRA, settings.REDIS_URL)
    from messaging.history.sql import SqlHistory

    return SqlHistory()
