"""Pinned and saved messages over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from accounts.errors import InvalidError
from accounts.fields import one_parameter
from messaging import saved, schema
from messaging.api.asked import message_seq
from messaging.api.bodies import body_of
from messaging.api.writing import written
from messaging.catch_up import read_pins
from messaging.models import SavedMessage
from messaging.protocol import PinMessage, UnpinMessage


class PinView(APIView):
    @extend_schema(request=body_of(PinMessage, "target"), responses=schema.Change, tags=["conversations"])
    def put(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """Pin a message: in a direct conversation anybody, elsewhere the owner and the admins; at most 50. The
        answer is the pinning, a change of its own."""
        return written(request, PinMessage, conversation_id=conversation_id, target=seq)

    @extend_schema(request=body_of(UnpinMessage, "target"), responses={200: schema.Change}, tags=["conversations"])
    def delete(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """Take a message down again."""
        return written(request, UnpinMessage, conversation_id=conversation_id, target=seq)


class PinsView(APIView):
    @extend_schema(operation_id="conversations_pins", responses=schema.Pins, tags=["conversations"])
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """What is pinned, the last pinned first; messages as they are now, shortened."""
        pins = async_to_sync(read_pins)(actor_of(request).pk, conversation_id)
        results = [{**_line(preview), "pinned_by": pin.author_id, "pinned_at": pin.sent_at} for pin, preview in pins]
        return Response({"results": results})


class SavingView(APIView):
    @extend_schema(request=None, responses={200: schema.Saved, 201: schema.Saved}, tags=["conversations"])
    def put(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """Save a message for oneself; 200 when it was. Your sockets are told by `saved.changed`, nobody else's."""
        row, created = saved.save_message(
            actor_of(request), conversation_id=conversation_id, seq=message_seq(seq, field="seq")
        )
        return Response(_saved(row), status=201 if created else 200)

    @extend_schema(responses={204: None}, tags=["conversations"])
    def delete(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """Let go of a saved message. Your sockets are told."""
        seq = message_seq(seq, field="seq")
        saved.unsave_message(actor_of(request), conversation_id=conversation_id, seq=seq)
        return Response(status=204)


class SavedView(ListAPIView[SavedMessage]):
    serializer_class = schema.SavedMessage
    ordering = "-pk"
    queryset = SavedMessage.objects.none()

    def get_queryset(self) -> QuerySet[SavedMessage]:
        rows = saved.saved_messages(actor_of(self.request))
        place = one_parameter(self.request, "conversation_id")
        return rows.filter(conversation_id=_id(place)) if place is not None else rows

    @extend_schema(
        operation_id="saved_list",
        parameters=[OpenApiParameter("conversation_id", OpenApiTypes.UUID, description="Of this conversation only.")],
        tags=["conversations"],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What one saved, the last saved first; messages as they are now, shortened."""
        rows: list[SavedMessage] = self.paginate_queryset(self.get_queryset())  # type: ignore[assignment]
        return self.get_paginated_response(
            [{**_saved(row), **_line(preview)} for row, preview in saved.with_previews(rows)]
        )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidError("An id is a UUID.", field="conversation_id") from None


def _line(preview: Any) -> dict[str, Any]:
    return {
        "seq": preview.seq,
        "author_id": preview.author_id,
        "sent_at": preview.sent_at,
        "text": preview.text,
    }


def _saved(row: SavedMessage) -> dict[str, Any]:
    return {"conversation_id": row.conversation_id, "seq": row.seq, "saved_at": row.saved_at}
