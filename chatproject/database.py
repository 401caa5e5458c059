"""Where the relational database is and how it is reached; the history lives there too without CASSANDRA_URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url

POOL_LEAST = 2
# A request that finds every connection taken waits this long, then hears "unavailable".
POOL_WAIT_SECONDS = 2
# One that finds a follower taken or away reads from the primary instead.
FOLLOWER_WAIT_SECONDS = 0.5
# After an outage the pool tries anew at most this long after the last try.
POOL_RETRY_SECONDS = 5
# Held by threads as long as they live: the history's writer and readers, and the health check.
HELD_CONNECTIONS = 6
CONNECT_SECONDS = 3
STATEMENT_MILLISECONDS = 3_000
WANTED_FOLLOWERS = (
    "PARLEY_FOLLOWER_URLS must name followers (postgres://user:password@host/name, with commas between) of a PostgreSQL"
    " that DATABASE_URL names."
)
WANTED = "DATABASE_URL must name PostgreSQL (postgres://user:password@host/name) or SQLite (sqlite:///file)."

Database = dict[str, Any]


def read_database(url: str, data: Path) -> Database:
    """Django's settings for DATABASE_URL, else for SQLite in the data folder. Raises ValueError."""
    default = f"sqlite:///{data / 'parley.sqlite3'}"
    try:
        database: Database = dict(dj_database_url.parse(url or default, conn_max_age=0, conn_health_checks=True))
    except ValueError:
        raise ValueError(WANTED) from None
    if is_sqlite(database):
        database["ENGINE"] = "chatproject.sqlite"
        database["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # FULL makes a commit wait for the disk: what we acknowledge survives a power cut. What is deleted is
            # overwritten, so that it does not stay in the file.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;"
            " PRAGMA secure_delete=ON;",
        }
    elif is_postgres(database) and database["NAME"]:
        database.setdefault("OPTIONS", {}).setdefault("connect_timeout", CONNECT_SECONDS)
        database["OPTIONS"].setdefault("application_name", "parley")
    else:
        raise ValueError(WANTED)
    return database


def read_followers(urls: list[str], primary: Database) -> dict[str, Database]:
    """Django's settings for PARLEY_FOLLOWER_URLS, by alias. Raises ValueError."""
    try:
        databases = {f"follower{number}": read_database(url, Path()) for number, url in enumerate(urls, 1)}
    except ValueError:
        raise ValueError(WANTED_FOLLOWERS) from None
    if urls and not all(is_postgres(database) for database in (*databases.values(), primary)):
        raise ValueError(WANTED_FOLLOWERS)
    return databases


def is_sqlite(database: Database) -> bool:
    return ".sqlite" in str(database["ENGINE"])


def is_postgres(database: Database) -> bool:
    return str(database["ENGINE"]).endswith("postgresql")


def serve_from_pool(database: Database, most: int, *, wait_seconds: float = POOL_WAIT_SECONDS) -> None:
    """What serves shares `most` connections among its requests and bounds every statement; called before the first use.

    Commands stay without: migrations take their time, and tell at once that nobody answers.
    """
    if not is_postgres(database):
        return
    options = database["OPTIONS"]
    options["pool"] = {
        "min_size": POOL_LEAST,
        "max_size": most + HELD_CONNECTIONS,
        "timeout": wait_seconds,
        "reconnect_timeout": POOL_RETRY_SECONDS,
    }
    options["application_name"] = "parley worker"
    options["options"] = f"{options.get('options', '')} -c statement_timeout={STATEMENT_MILLISECONDS}".strip()
