"""The house keeps its shape: imports run one way, and guarded things have one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["accounts", "groups", "messaging", "chatproject"]
# Inside messaging: a module may import from its own rank or a lower one.
RANKS = [
    {"errors", "models", "apps", "files"},
    {
        "protocol",
        "fold",
        "missed",
        "notes",
        "emojis",
        "markup",
        "allowance",
        "outlet",
        "room",
        "schema",
        "handshake",
        "hints",
        "client",
        "metrics",
        "lag",
        "ending",
    },
    {"history", "members", "hub", "overview"},
    {"keys", "known_epoch", "presence", "reckoning", "slowness", "attached", "receipts", "search"},
    {"relay", "layer"},
    {"delivery"},
    {"worker"},
    {"actions", "quoting"},
    {"pending", "listing", "scope", "catch_up", "saved", "reports", "drafting", "restoring"},
    {"list_pane", "timeline", "forms", "answers"},
    {
        "consumers",
        "api",
        "search_views",
        "attention_views",
        "kept_views",
        "missed_views",
        "reports_views",
        "views",
        "signals",
        "housekeeping",
        "templatetags",
        "admin",
        "routing",
        "urls",
        "management",
    },
]
GUARDED = {
    "channels.layers": {"messaging/relay.py"},
    "channels_redis": {"messaging/layer.py"},
    "redis": {
        "accounts/followers/lately.py",
        "accounts/limits.py",
        "accounts/redis_client.py",
        "accounts/tickets.py",
        "messaging/history/sequencing/redis.py",
        "messaging/layer.py",
        "messaging/presence/redis.py",
        "messaging/reckoning.py",
        "messaging/search/redis.py",
        "messaging/slowness.py",
    },
    "cassandra": {
        f"messaging/history/cassandra/{name}.py"
        for name in (
            "batches",
            "bridge",
            "management/commands/make_history",
            "models",
            "packing",
            "policies",
            "session",
            "statements",
        )
    },
    "messaging.models": {
        "messaging/history/sql/database.py",
        "messaging/search/index/cursors.py",
        "messaging/search/index/block_finding.py",
        "messaging/search/index/blocks.py",
        "messaging/search/index/entries.py",
        "messaging/search/index/finding.py",
        "messaging/admin.py",
        "messaging/saved.py",
        "messaging/api/kept.py",
        "messaging/drafting.py",
        "messaging/api/drafts.py",
        "messaging/reports.py",
        "messaging/api/reports.py",
        "messaging/reports_views.py",
        "messaging/restoring.py",
        "messaging/schema.py",
    },
    "twisted": {"chatproject/server.py", "chatproject/guard.py"},
    "daphne": {"chatproject/server.py", "chatproject/guard.py", "chatproject/transport.py"},
}


def modules() -> list[Path]:
    found = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts]


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file imports, by full name, wherever in the file it does."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def rank(module: str) -> int | None:
    part = module.split(".")[1] if module.count(".") else ""
    return next((number for number, names in enumerate(RANKS) if part in names), None)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_between_rooms_run_one_way(path: Path) -> None:
    own = ROOMS.index(path.relative_to(ROOT).parts[0])
    above = [name for name in imports_of(path) if name.split(".")[0] in ROOMS[own + 1 :]]
    assert above == []


@pytest.mark.parametrize(
    "path", [path for path in modules() if "messaging" in path.parts], ids=lambda path: str(path.relative_to(ROOT))
)
def test_imports_inside_messaging_run_one_way(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    if name == "messaging.__init__":
        return
    own = rank(name)
    assert own is not None, f"give {name} a rank"
    reversed_arrows = [
        other for other in imports_of(path) if other.startswith("messaging.") and (rank(other) or 0) > own
    ]
    # Connecting the receivers is what an app's ready() is for.
    assert [other for other in reversed_arrows if (name, other) != ("messaging.apps", "messaging.signals")] == []


@pytest.mark.parametrize("guarded", GUARDED)
def test_a_guarded_thing_has_one_door(guarded: str) -> None:
    doors = {
        str(path.relative_to(ROOT))
        for path in modules()
        if any(name == guarded or name.startswith(guarded + ".") for name in imports_of(path))
    }
    assert doors <= GUARDED[guarded]


def test_no_room_for_odds_and_ends() -> None:
    banned = {"utils", "common", "core", "helpers", "services", "managers"}
    assert [path for path in modules() if path.stem in banned] == []
