"""`python -m tests.faults.altered_worker serve --port N`: a worker with something about it made different for a test.

FAULTS_SABOTAGE names a deliberate defect; FAULTS_CASSANDRA_THROUGH, "127.0.0. 127.100.0.", says that nodes are reached
through proxies at other addresses. Nothing in the product knows of either.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import django
from django.core.management import execute_from_command_line

from tests.faults import sabotage


class Translator:
    """The driver learns the nodes' own addresses from the nodes themselves."""

    def __init__(self, own: str, through: str) -> None:
        self._own, self._through = own, through

    def translate(self, address: str) -> str:
        return address.replace(self._own, self._through, 1)


def go_through(own: str, through: str) -> None:
    from cassandra.cluster import Cluster

    from messaging.history.cassandra import session

    def make(*words: Any, **options: Any) -> Cluster:
        return Cluster(*words, address_translator=Translator(own, through), **options)

    session.Cluster = make


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    # Twisted must take the event loop before anything asks for one.
    import chatproject.server  # noqa: F401

    django.setup()
    if addresses := os.environ.get("FAULTS_CASSANDRA_THROUGH"):
        go_through(*addresses.split())
    if name := os.environ.get("FAULTS_SABOTAGE"):
        sabotage.SABOTAGES[name]()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
