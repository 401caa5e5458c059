"""What searching costs: how long a message takes to be indexed, what the index weighs, how long queries take.

Says the IRC logs of the tests in conversations of one user, so many copies of each, in a new SQLite database, or in the
empty one that DATABASE_URL names (sh deploy/with-postgres.sh); then indexes them and asks.

    python -m bench.search [--copies 10] [--rounds 20]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

LOGS = sorted((Path(__file__).resolve().parent.parent / "tests" / "data" / "irc").glob("*.log"))
FLUSH = 500
QUERIES = [
    "ubuntu",
    "the",
    "install grub",
    '"how do i"',
    "ernel",
    "x",
    "zzzyx",
    "nvidia from:me",
    "from:me",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"PARLEY_DATA": folder, "DJANGO_SETTINGS_MODULE": "chatproject.settings"}
        django.setup()
        measure(asked.copies, asked.rounds)


def measure(copies: int, rounds: int) -> None:
    from django.core.management import call_command

    from accounts.models import User
    from groups import models

    call_command("migrate", verbosity=0)
    me = User.objects.create_user("reader")
    others = [User.objects.create_user(f"other{number}") for number in range(9)]
    places = [models.Conversation.objects.create(kind="group", name=f"log {n}") for n in range(copies * len(LOGS))]
    models.Membership.objects.bulk_create(models.Membership(conversation=place, user=me) for place in places)
    authors = [me.pk, *(other.pk for other in others)]
    said = asyncio.run(say([place.pk for place in places], authors))
    print(f"{said} messages in {len(places)} conversations, {size() / 1e6:.1f} MB")
    seconds, cpu, taken = timed(lambda: asyncio.run(index_all([place.pk for place in places])))
    print(f"indexed in {seconds:.1f} s; a message takes {cpu / said * 1e6:.0f} us of CPU and {taken / said:.0f} bytes")
    ask_all(me, rounds)


def bodies(log: Path) -> Iterator[str]:
    for line in log.read_text(errors="replace").splitlines():
        _, mark, body = line.partition("> ")
        if mark and body.strip():
            yield body.replace("\x00", "")


async def say(places: list[uuid.UUID], authors: list[uuid.UUID]) -> int:
    from messaging.history import history

    said = 0
    for number, place in enumerate(places):
        drafts = [draft(place, authors[n % 10], body) for n, body in enumerate(bodies(LOGS[number % len(LOGS)]))]
        for start in range(0, len(drafts), FLUSH):
            await history().commit(drafts[start : start + FLUSH])
        said += len(drafts)
    return said


def draft(place: uuid.UUID, author: uuid.UUID, body: str) -> Any:
    from messaging.history import Draft
    from messaging.markup import render
    from messaging.protocol import MessageSent

    change = MessageSent(
        conversation_id=place, id=uuid.uuid4(), key=uuid.uuid4(), author_id=author, body=body, html=render(body)
    )
    return Draft(change, preview=body[:100])


async def index_all(places: list[uuid.UUID]) -> None:
    from messaging.history import history
    from messaging.search.indexer import Indexer

    indexer = Indexer(history())
    for place in places:
        await indexer.finish(place)


def timed(work: Any) -> tuple[float, float, int]:
    """Seconds, seconds of this process's CPU, and the bytes by which the database grew."""
    before, began, used = size(), time.monotonic(), time.process_time()
    work()
    return time.monotonic() - began, time.process_time() - used, size() - before


def size() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


def ask_all(me: Any, rounds: int) -> None:
    from asgiref.sync import async_to_sync

    from messaging import actions
    from messaging.scope import wanted_by

    print(f"{'query':<20}{'found':>6}{'median ms':>12}{'p90 ms':>10}{'CPU ms':>10}")
    for query in QUERIES:
        took, used = [], time.process_time()
        for _ in range(rounds):
            began = time.monotonic()
            page = async_to_sync(actions.search_messages)(wanted_by(me, query), 20)
            took.append((time.monotonic() - began) * 1000)
        found = f"{len(page.results)}{'+' if page.below else ''}"
        cpu = (time.process_time() - used) * 1000 / rounds
        median, p90 = statistics.median(took), statistics.quantiles(took, n=10)[-1]
        print(f"{query:<20}{found:>6}{median:>12.1f}{p90:>10.1f}{cpu:>10.1f}")


if __name__ == "__main__":
    main()
