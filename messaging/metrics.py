"""What a worker counts about itself, for Prometheus. Labels never name a user or a conversation."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge("parley_sockets", "Signed-in sockets at this worker")
CHANGES_STORED = Counter("parley_changes_stored", "Messages and other changes stored by this worker, repeats left out")
CHANGES_REFUSED = Counter("parley_changes_refused", "Changes that could not be stored")
FLUSH_CHANGES = Histogram(
    "parley_flush_changes", "Changes committed in one step", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500)
)
FLUSH_SECONDS = Histogram(
    "parley_flush_seconds",
    "How long the history took for one flush",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
LOOP_LAG_SECONDS = Histogram(
    "parley_event_loop_lag_seconds",
    "How late the event loop comes to what was due",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
UNINDEXED_CHANGES = Gauge(
    "parley_search_unindexed_changes", "Changes stored by this worker that the search index lacks"
)
UNINDEXED_SECONDS = Gauge(
    "parley_search_unindexed_seconds", "For how long a conversation has waited to be indexed wholly"
)
