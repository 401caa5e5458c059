"""Who may open a socket: the origin a browser names, and the ticket among the offered subprotocols.

A program sends no Origin and passes: what stops a foreign page is that it cannot get a ticket, and that browsers always
name its origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from messaging.protocol import SUBPROTOCOL

TICKET_PREFIX = "ticket."


def is_own_origin(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the page that opens the socket is ours: the host it asked, one we serve; or one the settings name."""
    values = [value for name, value in headers if name == b"origin"]
    if not values:
        return True
    hosts = [value for name, value in headers if name == b"host"]
    if len(values) > 1 or len(hosts) != 1:
        return False
    origin = values[0].decode("latin-1").lower()
    host = hosts[0].decode("latin-1").lower()
    return origin in settings.CSRF_TRUSTED_ORIGINS or _is_of_host(origin, host, tuple(settings.ALLOWED_HOSTS))


@lru_cache(256)
def _is_of_host(origin: str, host: str, served: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(origin)
        _ = parts.port  # raises ValueError above 65535
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{host}":
        return False
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, served)


def offered_ticket(subprotocols: Sequence[str]) -> str | None:
    """The ticket, if our protocol is offered beside it."""
    offered = [name[len(TICKET_PREFIX) :] for name in subprotocols if name.startswith(TICKET_PREFIX)]
    return offered[0] if SUBPROTOCOL in subprotocols and len(offered) == 1 else None
