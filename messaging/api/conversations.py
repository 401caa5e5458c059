"""The conversations a user is in, over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_user, actor_of
from accounts.errors import InvalidError
from groups.access import access_conversation
from groups.actions import open_direct
from messaging import schema
from messaging.api.asked import CURSOR, LIMIT, asked_limit, next_address
from messaging.api.attention import shown_attention
from messaging.listing import ConversationRow, conversation_row, conversation_rows


class ConversationsView(APIView):
    @extend_schema(
        operation_id="conversations_list",
        parameters=[CURSOR, LIMIT],
        responses=schema.ConversationPage,
        tags=["conversations"],
    )
    def get(self, request: Request) -> Response:
        """The user's conversations, where somebody spoke last first."""
        limit = asked_limit(request)
        rows = conversation_rows(actor_of(request))
        if cursor := request.query_params.get("cursor"):
            rows = _below(rows, cursor)
        return Response({"results": [_shown(row) for row in rows[:limit]], "next": _next(request, rows, limit)})

    @extend_schema(
        request=schema.OpenDirect,
        responses={200: schema.Conversation, 201: schema.Conversation},
        tags=["conversations"],
    )
    def post(self, request: Request) -> Response:
        """Open the direct conversation with a person; 200 when it was there."""
        asked = schema.OpenDirect(data=request.data)
        asked.is_valid(raise_exception=True)
        actor = actor_of(request)
        other = access_user(actor, asked.validated_data["user_id"])
        conversation, created = open_direct(actor, other)
        return Response(_shown(conversation_row(actor, conversation)), status=201 if created else 200)


class ConversationView(APIView):
    @extend_schema(responses=schema.Conversation, tags=["conversations"])
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """One conversation of the user's."""
        conversation = access_conversation(actor_of(request), conversation_id)
        return Response(_shown(conversation_row(actor_of(request), conversation)))


def _shown(row: ConversationRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "description": row.description,
        "is_public": row.is_public,
        "role": row.role,
        "slow_seconds": row.slow_seconds,
        "other_id": row.other_id,
        "head": row.position.head,
        "read": row.position.read,
        "unread": row.position.unread,
        "turn": row.position.turn,
        "mentions": row.position.mentions,
        "last_at": row.last_at,
        "preview": msgspec.to_builtins(row.position.preview),
        "attention": shown_attention(row.attention),
    }


def _below(rows: list[ConversationRow], cursor: str) -> list[ConversationRow]:
    """What comes after the row the cursor names. One that moved up meanwhile is found by the page before."""
    last_at, _, id_text = cursor.partition("_")
    try:
        last_id = UUID(id_text)
    except ValueError:
        raise InvalidError("There is no such cursor.", field="cursor") from None
    return [row for row in rows if (row.last_at, str(row.id)) < (last_at, str(last_id))]


def _next(request: Request, rows: list[ConversationRow], limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return next_address(request, cursor=f"{last.last_at}_{last.id}", limit=limit)
