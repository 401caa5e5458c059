"""/livez and /readyz of one worker, for whoever starts, stops and balances workers. No sign-in, no limit, no secrets.

/livez: the process and its event loop answer. /readyz: 200, or 503 with what is missing. Answered before Django, and a
look at the stores serves everybody who asks within a second.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections

from accounts.errors import UnavailableError
from messaging.worker import current_worker

LOOK_SECONDS = 2.0
FRESH_SECONDS = 1.0
PATHS = ("/livez", "/readyz")


class Health:
    """What one worker depends on, by name: "database", "history", "layer"; "worker" while it drains."""

    def __init__(self) -> None:
        self.is_draining = False
        # One thread with a connection of its own: a pool that is used up is no database that is down.
        self._thread = ThreadPoolExecutor(1, "health")
        self._looking: asyncio.Task[dict[str, str]] | None = None
        self._missing: dict[str, str] = {}
        self._looked_at = -FRESH_SECONDS

    async def missing(self) -> dict[str, str]:
        """What is missing and how it shows; nothing when the worker can serve."""
        if self.is_draining:
            return {"worker": "draining"}
        if time.monotonic() - self._looked_at >= FRESH_SECONDS:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            self._missing = await asyncio.shield(self._looking)
            self._looked_at = time.monotonic()
        layer = {} if current_worker().delivery.relay.is_current else {"layer": "no beat"}
        return self._missing | layer

    async def _look(self) -> dict[str, str]:
        names = ("database", "history")
        found = await asyncio.gather(_tried(self._ask_database()), _tried(self._ask_history()))
        return {name: why for name, why in zip(names, found, strict=True) if why}

    async def _ask_database(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, _select_one)

    async def _ask_history(self) -> None:
        """What a send needs: a history that can be read but does not number yet is not ready."""
        if await current_worker().history.missing():
            raise UnavailableError


def _select_one() -> None:
    connection = connections["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        connection.close()
        raise


async def _tried(look: Awaitable[None]) -> str:
    """Why it failed, without addresses and names: anybody may read this."""
    try:
        await asyncio.wait_for(look, LOOK_SECONDS)
    except TimeoutError:
        return "no answer"
    except Exception:
        return "unavailable"
    return ""


_healths: WeakKeyDictionary[asyncio.AbstractEventLoop, Health] = WeakKeyDictionary()


def current_health() -> Health:
    return _healths.setdefault(asyncio.get_running_loop(), Health())


async def answer_health(scope: dict[str, Any], send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    if scope["method"] not in ("GET", "HEAD"):
        await _send(send, 405, {"status": "method not allowed"})
    elif scope["path"] == "/livez":
        await _send(send, 200, {"status": "alive"})
    elif missing := await current_health().missing():
        await _send(send, 503, {"status": "not ready", "missing": missing})
    else:
        await _send(send, 200, {"status": "ready"})


async def _send(send: Callable[[dict[str, Any]], Awaitable[None]], status: int, told: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})
