from __future__ import annotations

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.tutorial.settings")
_http = get_asgi_application()

from django.conf import settings  # noqa: E402  # Django must be set up first

from bench.tutorial.consumers import ChatConsumer  # noqa: E402

if settings.TUTORIAL_STORE == "cassandra":
    from bench.tutorial.cassandra import begin

    begin(settings.TUTORIAL_CASSANDRA.split(","))

_sockets = URLRouter([re_path(r"ws/chat/(?P<room>\w+)/$", ChatConsumer.as_asgi())])
application = ProtocolTypeRouter(
    {"http": _http, "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(_sockets))}
)
