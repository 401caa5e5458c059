"""Keeps relational models out of Cassandra."""

from __future__ import annotations

from typing import Any

from messaging.history.cassandra.models import ALIAS


class NoRelationalModel:
    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == ALIAS else None

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool | None:
        return None
