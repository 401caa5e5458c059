"""What one missed in a conversation, over REST."""

from __future__ import annotations

from uuid import UUID

import msgspec
from asgiref.sync import async_to_sync
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from accounts.fields import Input, one_parameter
from messaging import schema
from messaging.catch_up import read_missed
from messaging.protocol import SEQ_MOST


class SinceInput(Input):
    since = serializers.IntegerField(min_value=0, max_value=SEQ_MOST, required=False)


class MissedView(APIView):
    @extend_schema(
        operation_id="conversations_missed",
        parameters=[OpenApiParameter("since", int, description="What changed above this seq; else the read mark.")],
        responses=schema.Missed,
        tags=["conversations"],
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """What others changed while one was away: new, edited, deleted, reacted, joined, left; grouped and counted."""
        since = one_parameter(request, "since")
        asked = SinceInput(data={} if since is None else {"since": since})
        asked.is_valid(raise_exception=True)
        user_id = actor_of(request).id
        missed = async_to_sync(read_missed)(user_id, conversation_id=conversation_id, **asked.validated_data)
        return Response(msgspec.to_builtins(missed))
