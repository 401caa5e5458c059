"""Search over REST: what was asked, checked; what was found, and where the next page goes on."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

from asgiref.sync import async_to_sync
from django.core.signing import BadSignature, Signer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import limits
from accounts.access import actor_of
from accounts.errors import InvalidError
from accounts.fields import IdField, Input, TextField, number_parameter, one_parameter
from accounts.zones import UNKNOWN, zone_named
from messaging import actions, schema
from messaging.api.asked import CURSOR
from messaging.scope import wanted_by
from messaging.search import Found, Place

FOUND_DEFAULT = 20
FOUND_MOST = 50
ZONE_CHARACTERS = 64

ZONE = {"type": "string", "format": "time-zone", "minLength": 1, "maxLength": ZONE_CHARACTERS}
LIMIT = {"type": "integer", "minimum": 1, "maximum": FOUND_MOST, "default": FOUND_DEFAULT}
PARAMETERS = ("q", "conversation_id", "zone", "cursor")

_signer = Signer(salt="messaging.search.cursor")


class SearchInput(Input):
    q = TextField(allow_blank=True, default="", trim_whitespace=False)
    conversation_id = IdField(required=False)
    zone = TextField(max_length=ZONE_CHARACTERS, required=False)
    cursor = TextField(required=False)


class SearchView(APIView):
    @extend_schema(
        operation_id="search_list",
        parameters=[
            OpenApiParameter("q", str, required=True, description=schema.QUERY),
            OpenApiParameter("conversation_id", OpenApiTypes.UUID, description="In this conversation only."),
            OpenApiParameter("zone", ZONE, description="Whose days dates mean, Europe/Berlin for instance; else UTC."),
            CURSOR,
            OpenApiParameter("limit", LIMIT, description="Rows a page."),
        ],
        responses=schema.FoundPage,
        tags=["conversations"],
    )
    def get(self, request: Request) -> Response:
        """Messages of the user's conversations, newest first. A page may hold fewer than `limit` and still have a
        `next`: one request reads and compares so much text and no more. Searches have a limit of their own; too many
        are answered 429, `rate_limited`, with Retry-After."""
        asked = _asked(request)
        limit = number_parameter(request, "limit", minimum=1, maximum=FOUND_MOST) or FOUND_DEFAULT
        limits.take("search_by_user", str(actor_of(request).pk))
        wanted = wanted_by(
            actor_of(request),
            asked["q"],
            conversation_id=asked.get("conversation_id"),
            zone=_zone(asked.get("zone")),
        )
        wanted.below = read_cursor(asked.get("cursor"))
        found = async_to_sync(actions.search_messages)(wanted, limit)
        further = _further(request, found.below) if found.below else None
        results = [shown(one) for one in found.results]
        return Response({"results": results, "next": further, "is_complete": found.is_complete})


def _asked(request: Request) -> dict[str, Any]:
    given = {name: one_parameter(request, name) for name in PARAMETERS}
    asked = SearchInput(data={name: text for name, text in given.items() if text is not None})
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _zone(name: str | None) -> tzinfo:
    """A browser that does not know its zone still searches."""
    if not name or name == UNKNOWN:
        return UTC
    zone = zone_named(name)
    if zone is None:
        raise InvalidError("There is no such time zone.", field="zone")
    return zone


def read_cursor(text: str | None) -> Place | None:
    if text is None:
        return None
    try:
        sent_at, cursor, seq = _signer.unsign_object(text)
    except (BadSignature, ValueError):
        raise InvalidError("This is no cursor of a search.", field="cursor") from None
    return Place(sent_at, cursor, seq)


def write_cursor(place: Place) -> str:
    return _signer.sign_object(list(place))


def _further(request: Request, below: Place) -> str:
    asked = request.query_params.copy()
    asked["cursor"] = write_cursor(below)
    return str(request.build_absolute_uri(f"{request.path}?{asked.urlencode()}"))


def shown(found: Found) -> dict[str, Any]:
    return {
        "conversation_id": found.conversation_id,
        "seq": found.seq,
        "author_id": found.author_id,
        "sent_at": found.sent_at,
        "content_type": found.content_type,
        "snippet": [{"text": part.text, "is_hit": part.is_hit} for part in found.snippet],
    }
