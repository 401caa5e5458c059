"""/metrics of one worker, as Prometheus reads it. Answered before Django.

For whoever has PARLEY_METRICS_TOKEN; to others the address does not exist.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from messaging.metrics import SOCKETS
from messaging.worker import current_worker

PATH = "/metrics"


def may_read(scope: dict[str, Any]) -> bool:
    """By the token alone: an address says nothing where a proxy on this machine adds no header."""
    sent = dict(scope["headers"]).get(b"authorization", b"")
    return hmac.compare_digest(sent, f"Bearer {settings.METRICS_TOKEN}".encode())


async def answer_metrics(send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    SOCKETS.set(len(current_worker().hub.connections()))
    headers = [(b"content-type", CONTENT_TYPE_LATEST.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": generate_latest()})
