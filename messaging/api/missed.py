"""What one missed in a conversation, over REST."""

from __future__ import annotations

from uuid import UUID

import msgspec
from asgiref.sync import async_to_sync
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from messaging import schema
from messaging.api.asked import asked_seq, seq_parameter
from messaging.catch_up import read_missed


class MissedView(APIView):
    @extend_schema(
        operation_id="conversations_missed",
        parameters=[seq_parameter("since", "What changed above this seq; else the read mark.")],
        responses=schema.Missed,
        tags=["conversations"],
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """What others changed while one was away: new, edited, deleted, reacted, joined, left; grouped and counted."""
        since = asked_seq(request, "since")
        missed = async_to_sync(read_missed)(actor_of(request).id, conversation_id=conversation_id, since=since)
        return Response(msgspec.to_builtins(missed))
