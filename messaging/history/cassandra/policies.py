"""Which node is asked: the driver's own choice, but for some seconds not one that just let a request time out.

A frozen node keeps its connections open, so the driver itself would go on choosing it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from cassandra.policies import DCAwareRoundRobinPolicy, LoadBalancingPolicy, TokenAwarePolicy

LEFT_OUT_SECONDS = 5.0


class LeavesOutPolicy(LoadBalancingPolicy):
    """Token-aware within the data centre. Nodes left out are asked last, not never: they may be all there are."""

    def __init__(self, dc: str) -> None:
        super().__init__()
        self._inner = TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=dc))
        self._until: dict[Any, float] = {}

    def leave_out(self, host: Any) -> None:
        self._until[host] = time.monotonic() + LEFT_OUT_SECONDS

    def make_query_plan(self, working_keyspace: Any = None, query: Any = None) -> Iterator[Any]:
        now, last = time.monotonic(), []
        for host in self._inner.make_query_plan(working_keyspace, query):
            if self._until.get(host, 0.0) > now:
                last.append(host)
            else:
                yield host
        yield from last

    def populate(self, cluster: Any, hosts: Any) -> None:
        self._inner.populate(cluster, hosts)

    def distance(self, host: Any) -> Any:
        return self._inner.distance(host)

    def check_supported(self) -> None:
        self._inner.check_supported()

    def on_up(self, host: Any) -> None:
        self._until.pop(host, None)
        self._inner.on_up(host)

    def on_down(self, host: Any) -> None:
        self._inner.on_down(host)

    def on_add(self, host: Any) -> None:
        self._inner.on_add(host)

    def on_remove(self, host: Any) -> None:
        self._until.pop(host, None)
        self._inner.on_remove(host)
