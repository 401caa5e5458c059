"""/metrics of one worker, as Prometheus reads it. Answered before Django.

For this machine's own, who come without a proxy, and for whoever has PARLEY_METRICS_TOKEN; to others the address does
not exist.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from messaging.metrics import SOCKETS
from messaging.worker import current_worker

PATH = "/metrics"
FORWARDED = {b"x-real-ip", b"x-forwarded-for", b"x-forwarded-proto", b"forwarded"}


def may_read(scope: dict[str, Any]) -> bool:
    headers = dict(scope["headers"])
    if settings.METRICS_TOKEN:
        told = headers.get(b"authorization", b"")
        if hmac.compare_digest(told, f"Bearer {settings.METRICS_TOKEN}".encode()):
            return True
    return not FORWARDED & headers.keys() and _is_own(scope["client"])


def _is_own(client: Any) -> bool:
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except (TypeError, ValueError):
        return False


async def answer_metrics(send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    SOCKETS.set(len(current_worker().hub.connections()))
    headers = [(b"content-type", CONTENT_TYPE_LATEST.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": generate_latest()})
