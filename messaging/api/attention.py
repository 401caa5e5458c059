"""How much one wants to hear of a conversation, over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from groups.access import access_conversation
from groups.actions import set_attention
from messaging import schema
from messaging.members import attention_of
from messaging.protocol import Attention


class AttentionView(APIView):
    @extend_schema(request=schema.AttentionChange, responses=schema.Attention, tags=["conversations"])
    def patch(self, request: Request, conversation_id: UUID) -> Response:
        """Change what is given of how much you hear of a conversation. Only you see it, on all your devices."""
        user = actor_of(request)
        asked = schema.AttentionChange(data=request.data)
        asked.is_valid(raise_exception=True)
        conversation = access_conversation(user, conversation_id)
        membership = set_attention(user, conversation=conversation, **asked.validated_data)
        return Response(shown_attention(attention_of(membership)))


def shown_attention(attention: Attention) -> dict[str, Any]:
    return msgspec.structs.asdict(attention)
