"""Drafts over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from messaging import schema
from messaging.drafting import drafts_of, keep_draft
from messaging.models import KeptDraft


class DraftView(APIView):
    @extend_schema(request=schema.NewDraft, responses=schema.Draft, tags=["drafts"])
    def put(self, request: Request, conversation_id: UUID) -> Response:
        """Keeps what you wrote and did not send; empty: nothing. The answer is what is kept now: this, or what another
        device of yours wrote later. Your sockets are told by `draft.changed`, nobody else's."""
        asked = schema.NewDraft(data=request.data)
        asked.is_valid(raise_exception=True)
        kept = keep_draft(actor_of(request), conversation_id=conversation_id, **asked.validated_data)
        return Response(schema.Draft(kept).data)


class DraftsView(ListAPIView[KeptDraft]):
    serializer_class = schema.Draft
    ordering = "-pk"
    queryset = KeptDraft.objects.none()

    def get_queryset(self) -> QuerySet[KeptDraft]:
        return drafts_of(actor_of(self.request))

    @extend_schema(operation_id="drafts_list", tags=["drafts"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your drafts; an empty one was sent or taken back."""
        return super().get(request, *args, **kwargs)
