"""How far one has read, what names one there, and how far the others have come, over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from asgiref.sync import async_to_sync
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from messaging import actions, schema
from messaging.api.asked import LIMIT, asked_limit, asked_seq, seq_parameter
from messaging.history import Mark


class ReadView(APIView):
    @extend_schema(request=schema.MarkRead, responses=schema.Mark, tags=["conversations"])
    def put(self, request: Request, conversation_id: UUID) -> Response:
        """Everything up to `seq` has been read. This never takes a mark back."""
        asked = schema.MarkRead(data=request.data)
        asked.is_valid(raise_exception=True)
        seq = asked.validated_data["seq"]
        mark = async_to_sync(actions.mark_read)(actor_of(request).id, conversation_id=conversation_id, seq=seq)
        return Response(_shown(conversation_id, mark))


class UnreadView(APIView):
    @extend_schema(request=schema.MarkUnread, responses=schema.Mark, tags=["conversations"])
    def put(self, request: Request, conversation_id: UUID) -> Response:
        """Takes the mark back, so that everything from `seq` on is unread again. Others see nothing of it."""
        asked = schema.MarkUnread(data=request.data)
        asked.is_valid(raise_exception=True)
        seq = asked.validated_data["seq"]
        mark = async_to_sync(actions.mark_unread)(actor_of(request).id, conversation_id=conversation_id, seq=seq)
        return Response(_shown(conversation_id, mark))


class MentionsView(APIView):
    @extend_schema(
        parameters=[
            seq_parameter("after", "The first above this seq, 0 by default."),
            LIMIT,
        ],
        responses=schema.Mentions,
        tags=["conversations"],
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """The seqs of others' messages that mention this user, ascending."""
        seqs = async_to_sync(actions.list_mentions)(
            actor_of(request).id,
            conversation_id=conversation_id,
            after=asked_seq(request, "after") or 0,
            limit=asked_limit(request),
        )
        return Response({"results": seqs})


class ReceiptsView(APIView):
    @extend_schema(responses=schema.Receipts, tags=["conversations"])
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """How far the members have come; nothing in a channel, and nothing for who reads privately."""
        receipts = async_to_sync(actions.list_receipts)(actor_of(request).id, conversation_id=conversation_id)
        return Response({"people": msgspec.to_builtins(receipts.people), "reads": receipts.reads})


def _shown(conversation_id: UUID, mark: Mark) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "read": mark.read,
        "unread": mark.unread,
        "turn": mark.turn,
        "mentions": mark.mentions,
    }
