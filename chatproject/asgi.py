"""The ASGI application: HTTP to Django, sockets to messaging. Any ASGI server may run it."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application

from chatproject.database import FOLLOWER_WAIT_SECONDS, serve_from_pool

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
serve_from_pool(settings.DATABASES["default"], settings.POOL)
for alias in settings.FOLLOWERS:
    serve_from_pool(settings.DATABASES[alias], settings.POOL, wait_seconds=FOLLOWER_WAIT_SECONDS)
_http = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  # Django must be set up first

from accounts.followers.watching import watch_followers  # noqa: E402
from chatproject import metrics  # noqa: E402
from chatproject.health import PATHS, answer_health  # noqa: E402
from chatproject.proxies import declared_proxies  # noqa: E402
from messaging.housekeeping import start_housekeeping  # noqa: E402
from messaging.routing import websocket  # noqa: E402

watch_followers()
_proxies = declared_proxies()
_router = ProtocolTypeRouter({"http": _http, "websocket": websocket})


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    start_housekeeping()
    if scope["type"] == "http" and scope["path"] in PATHS:
        await answer_health(scope, send)
        return
    if scope["type"] == "http" and scope["path"] == metrics.PATH and metrics.may_read(scope):
        await metrics.answer_metrics(send)
        return
    await _router(_proxies.resolve(scope), receive, send)
