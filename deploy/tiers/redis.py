"""Redis on the loopback. Keeps nothing on disk: whatever it loses is found again in the history."""

from __future__ import annotations

import socket
from pathlib import Path

from tiers.process import Process

SETTINGS = [
    *("--bind", "127.0.0.1"),
    *("--save", ""),
    *("--appendonly", "no"),
    # What does not fit is refused, and never silently dropped.
    *("--maxmemory-policy", "noeviction"),
    # A worker that hangs is let go, before its backlog fills the memory.
    *("--client-output-buffer-limit", "pubsub", "64mb", "32mb", "60"),
    *("--daemonize", "no"),
]


def redis(folder: Path, port: int) -> Process:
    command = ["redis-server", "--port", str(port), "--dir", str(folder), *SETTINGS]
    return Process("redis", folder, port, command, lambda: _ask(port))


def _ask(port: int) -> str:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.settimeout(2)
            connection.sendall(b"PING\r\n")
            return "" if connection.recv(64).startswith(b"+PONG") else "loads or refuses"
    except OSError as error:
        return f"does not answer: {error}"
