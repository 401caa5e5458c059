"""Parley's own processes."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tiers.process import Process

# Unless the environment says otherwise: where everybody comes from this machine's one address, limits by address would
# count all people together.
LIMITS = {"PARLEY_LIMIT_SIGNUP": "1000000/hour", "PARLEY_LIMIT_LOGIN_ADDRESS": "1000000/minute"}


def worker(number: int, folder: Path, port: int, environment: Mapping[str, str]) -> Process:
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    return Process(f"worker{number}", folder, port, command, lambda: ask_ready(port), {**_limits(), **environment})


def indexer(folder: Path, environment: Mapping[str, str]) -> Process:
    """Ready when it runs: nobody connects to it, and what it has not done yet shows at the workers' /metrics."""
    return Process("index", folder, 0, [sys.executable, "manage.py", "index"], lambda: "", environment)


def _limits() -> dict[str, str]:
    return {name: limit for name, limit in LIMITS.items() if not os.environ.get(name)}


def ask_ready(port: int) -> str:
    """Why it is not ready, in the words of /readyz."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
            return ""
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.code} {error.read(300).decode(errors='replace').strip()}"
    except OSError as error:
        return f"does not answer: {getattr(error, 'reason', error)}"
