from django.apps import AppConfig


class CassandraHistoryConfig(AppConfig):
    """Installed while CASSANDRA_URL is set, for its tables and its command."""

    name = "messaging.history.cassandra"
    label = "history_cassandra"
