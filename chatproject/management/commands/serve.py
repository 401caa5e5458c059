"""`manage.py serve`: one worker. Prints where it is once it listens."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections

from accounts.first_admin import first_admin_path
from accounts.redis_client import redis_trouble
from accounts.tickets import tickets
from chatproject.admission import Admission, Bounds, connections_for, raise_file_limit
from chatproject.logs import first_line
from chatproject.proxies import declared_proxies
from messaging.history import history
from messaging.search.child import index_process


class Command(BaseCommand):
    help = "Serve Parley: pages, API and sockets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        # Twisted must take the event loop before anything asks for one.
        from chatproject.server import make_server

        _claim(host, port)
        _reach_stores()
        site = f"http://{_shown(host)}:{port}"
        lines = [f"Parley is at {site}/  (Ctrl-C stops it)", *_first_admin_lines(site)]
        from chatproject.asgi import application

        server = make_server(
            application,
            host=host,
            port=port,
            admission=_admission(),
            request_seconds=settings.REQUEST_SECONDS,
            message_seconds=settings.MESSAGE_SECONDS,
            stall_seconds=settings.STALL_SECONDS,
            drain_notice_seconds=settings.DRAIN_NOTICE_SECONDS,
            ready=lambda: self._say(lines),
        )
        with contextlib.suppress(KeyboardInterrupt), _indexing():  # before the reactor takes the signal
            server.run()

    def _say(self, lines: list[str]) -> None:
        """At once also where the output is no terminal."""
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


@contextlib.contextmanager
def _indexing() -> Iterator[None]:
    """With a process that indexes as our child where this is the only worker; several have theirs beside them."""
    if settings.REDIS_URL:
        yield
        return
    index_process().start()
    try:
        yield
    finally:
        index_process().stop()


def _admission() -> Admission:
    in_all = connections_for(raise_file_limit(), settings.CONNECTIONS)
    bounds = Bounds.of(in_all, settings.CONNECTIONS_PER_ADDRESS)
    return Admission(bounds, trusts=declared_proxies().trusts, limits_loopback=settings.BEHIND_PROXY)


def _shown(host: str) -> str:
    if host in ("127.0.0.1", "0.0.0.0", "::", "::1"):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _reach_stores() -> None:
    """A wrong address is told now; what goes away later makes the worker not ready. Over a connection of its own."""
    try:
        connections["default"].ensure_connection()
    except DatabaseError as error:
        raise CommandError(f"The database of DATABASE_URL does not answer: {first_line(error)}") from None
    finally:
        connections["default"].close()
    if why := redis_trouble():
        raise CommandError(f"The Redis of REDIS_URL does not answer: {why}")
    # Cassandra is looked for from now on and says so if it is not found; until then the worker is not ready.
    history()
    tickets()


def _first_admin_lines(site: str) -> list[str]:
    """While there is no administrator: how to make one. Of several workers none prints it, since their output is
    somebody's log and their own ports are not what browsers reach; `first_admin_link` does."""
    if settings.REDIS_URL:
        return []
    try:
        path = first_admin_path()
    except DatabaseError:  # the tables are not there yet, which those who are served learn
        return []
    finally:
        connections["default"].close()
    return [f"Make the first administrator, once: {site}{path}"] if path else []


def _claim(host: str, port: int) -> None:
    """A port that is taken is one clear line, not a traceback from the reactor."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Cannot listen on {host} port {port}: {error.strerror}. Try another PORT.") from None
