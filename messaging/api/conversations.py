"""The conversations a user is in, over REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from asgiref.sync import async_to_sync
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_user, actor_of
from accounts.api.people import IDS, IDS_MOST, SEARCH, asked_ids, searched
from accounts.errors import InvalidError
from accounts.fields import one_parameter
from groups.access import access_conversation
from groups.actions import open_direct
from messaging import actions, schema
from messaging.api.asked import CURSOR, LIMIT, asked_limit, next_address
from messaging.api.attention import shown_attention
from messaging.drafting import read_drafts
from messaging.listing import SHOWN, ConversationRow, conversation_row, conversation_rows, list_conversations
from messaging.overview import Key, read_cursor, write_cursor
from messaging.protocol import DraftChanged


class ConversationsView(APIView):
    @extend_schema(
        operation_id="conversations_list",
        parameters=[
            CURSOR,
            LIMIT,
            OpenApiParameter("search", SEARCH, description="Part of the name"),
            OpenApiParameter("show", {"type": "string", "enum": list(SHOWN)}, description="Only these"),
            OpenApiParameter("ids", IDS, description=f"Instead: up to {IDS_MOST} ids, with commas between"),
        ],
        responses=schema.ConversationPage,
        tags=["conversations"],
    )
    def get(self, request: Request) -> Response:
        """The user's conversations, where somebody spoke last first. With `ids` those of them that are theirs, all in
        one page."""
        limit, words, shown, below = (
            asked_limit(request),
            searched(request),
            _asked_kind(request),
            _asked_cursor(request),
        )
        if (ids := one_parameter(request, "ids")) is not None:
            rows = conversation_rows(actor_of(request), asked_ids(ids))
            return Response({"results": _with_drafts(request, rows), "next": None})
        listed = list_conversations(actor_of(request), limit=limit, below=below, shown=shown, words=words)
        following = None
        if listed.last:
            following = next_address(request, cursor=write_cursor(listed.last), limit=limit, **_asked(shown, words))
        return Response({"results": _with_drafts(request, listed.rows), "next": following})

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
        [shown] = _with_drafts(request, [conversation_row(actor, conversation)])
        return Response(shown, status=201 if created else 200)


class ConversationView(APIView):
    @extend_schema(responses=schema.Conversation, tags=["conversations"])
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """One conversation of the user's."""
        conversation = access_conversation(actor_of(request), conversation_id)
        [shown] = _with_drafts(request, [conversation_row(actor_of(request), conversation)])
        return Response(shown)


def _with_drafts(request: Request, rows: Sequence[ConversationRow]) -> list[dict[str, Any]]:
    drafts = read_drafts(actor_of(request), [row.id for row in rows])
    return [_shown(row) | {"draft": _draft(drafts.get(row.id))} for row in rows]


def _draft(draft: DraftChanged | None) -> dict[str, str] | None:
    return {"text": draft.text, "written_at": draft.written_at} if draft else None


def _shown(row: ConversationRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.own_name,
        **({"other_username": row.other_username} if row.other_username else {}),
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
        "epoch": row.position.epoch,
        "preview": msgspec.to_builtins(row.position.preview),
        "attention": shown_attention(row.attention),
    }


def _asked_kind(request: Request) -> str:
    shown = one_parameter(request, "show")
    if shown is None:
        return "all"
    if shown not in SHOWN:
        raise InvalidError(f"One of {', '.join(SHOWN)}.", field="show")
    return shown


def _asked(shown: str, words: str) -> dict[str, str]:
    """What the address of the next page says again."""
    return {name: value for name, value in (("show", shown), ("search", words)) if value not in ("", "all")}


def _asked_cursor(request: Request) -> Key | None:
    """What comes after the row the cursor names. One that moved up meanwhile is found by the page before."""
    text = one_parameter(request, "cursor")
    try:
        return None if text is None else read_cursor(text)
    except ValueError:
        raise InvalidError("There is no such cursor.", field="cursor") from None


class UnreadTotalsView(APIView):
    @extend_schema(responses=schema.UnreadTotals, operation_id="unread_totals", tags=["conversations"])
    def get(self, request: Request) -> Response:
        """What is unread in all of the user's conversations together."""
        counted = async_to_sync(actions.count_unread)(actor_of(request).pk)
        return Response(schema.UnreadTotals(counted).data)
