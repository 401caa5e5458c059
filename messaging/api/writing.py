"""Writes over REST: a command from the body and the address; the answer is the change that is stored.

Beside it stands, for its author alone, which names in the text mention nobody.
"""

from __future__ import annotations

import msgspec
from asgiref.sync import async_to_sync
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import actor_of
from messaging import actions
from messaging.history import Stored
from messaging.protocol import AnyWrite, read_write


def written(request: Request, kind: type[AnyWrite], **address: object) -> Response:
    return _change(_write(request, kind, address), 200)


def sent(request: Request, kind: type[AnyWrite], **address: object) -> Response:
    """201; 200 when an earlier try with this key had stored it."""
    stored = _write(request, kind, address)
    return _change(stored, 200 if stored.repeated else 201)


def _write(request: Request, kind: type[AnyWrite], address: dict[str, object]) -> Stored:
    command = read_write(request.data, kind, **address)
    return async_to_sync(actions.write)(actor_of(request).id, command)


def _change(stored: Stored, status: int) -> Response:
    change = msgspec.json.decode(stored.content)
    if stored.unresolved:
        change["unresolved"] = list(stored.unresolved)
    return Response(change, status=status)
