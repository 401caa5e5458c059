"""A Parley worker as `manage.py serve` starts it, with a door for the bench: tickets by the thousand, what was read.

python -m bench.worker PORT DOOR [--unsliced]

At the door (a port of the loopback) a line of JSON is answered by another: {"tickets": [[user id, session id], ...]} by
tickets, written straight into the profile's ticket book; {"reads": true} by how many pages the store was asked for;
{"memberships": true} by how many rows of memberships were loaded for the live path.
Nothing of what is measured goes through it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socketserver
import sys
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")

reads = memberships = 0


class Door(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            asked = json.loads(line)
            answer: Any = memberships if "memberships" in asked else reads
            if "tickets" in asked:
                answer = asyncio.run(issue(asked["tickets"]))
            self.wfile.write(json.dumps(answer).encode() + b"\n")


async def issue(wanted: list[tuple[str, str]]) -> list[str]:
    from accounts.tickets import tickets

    return [await tickets().issue(UUID(user_id), session_id=session_id) for user_id, session_id in wanted]


def counted(read: Callable[..., Any], is_page: Callable[..., bool] = lambda *_: True) -> Callable[..., Any]:
    def counting(*arguments: Any, **options: Any) -> Any:
        global reads
        reads += is_page(*arguments)
        return read(*arguments, **options)

    return counting


def count_reads() -> None:
    from django.conf import settings

    if settings.CASSANDRA_URL:
        from messaging.history.cassandra.session import Connection

        setattr(Connection, "run", counted(Connection.run, lambda _, name, *rest: name.startswith("page")))  # noqa: B010
    else:
        from messaging.history import sql

        sql.read_page = counted(sql.read_page)


def count_memberships() -> None:
    from messaging import members

    def counting(load: Callable[..., Any], rows: Callable[[Any], int]) -> Callable[..., Any]:
        def loading(keys: list[UUID]) -> Any:
            global memberships
            found = load(keys)
            memberships += sum(map(rows, found.values()))
            return found

        return loading

    members.load_rosters = counting(members.load_rosters, lambda roster: len(roster.roles))
    members.load_conversations = counting(members.load_conversations, len)


def main() -> None:
    port, door, *options = sys.argv[1:]
    server = socketserver.ThreadingTCPServer(("127.0.0.1", int(door)), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    count_reads()
    count_memberships()
    if "--unsliced" in options:
        from messaging import room

        room.FEW = 1_000_000
    execute_from_command_line(["manage.py", "serve", "--port", port])


if __name__ == "__main__":
    main()
