"""What is said in a conversation, over REST: pages of the timeline, and every write to it."""

from __future__ import annotations

from collections.abc import Iterable
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
from messaging.api.asked import LIMIT, PAGE_DEFAULT, asked_limit, asked_seq, message_seq, next_address, seq_parameter
from messaging.api.bodies import WORDS_OR_FILE, body_of
from messaging.api.writing import sent, written
from messaging.history import Page
from messaging.protocol import AddReaction, DeleteMessage, EditMessage, ForwardMessage, RemoveReaction, SendMessage


class MessagesView(APIView):
    @extend_schema(
        parameters=[
            seq_parameter("before", "The last changes below this seq."),
            seq_parameter("after", "The first changes above this seq; not together with `before`."),
            LIMIT,
        ],
        responses=schema.ChangePage,
        tags=["conversations"],
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """A page of the timeline, ascending by seq: the newest, or as `before` or `after` say."""
        after = asked_seq(request, "after")
        page = async_to_sync(actions.read_history)(
            actor_of(request).id,
            conversation_id=conversation_id,
            after=after,
            before=asked_seq(request, "before"),
            limit=asked_limit(request),
        )
        results, later = _decoded(page.changes), _decoded(page.later)
        further = _further(request, page, results, after)
        return Response({"results": results, "later": later, "next": further, "head": page.head})

    @extend_schema(
        request=body_of(SendMessage, **WORDS_OR_FILE),
        responses={200: schema.Change, 201: schema.Change},
        tags=["conversations"],
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Send a message; 200 when an earlier try with this key had stored it."""
        return sent(request, SendMessage, conversation_id=conversation_id)


class ForwardsView(APIView):
    @extend_schema(
        request=body_of(ForwardMessage),
        responses={200: schema.Change, 201: schema.Change},
        tags=["conversations"],
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Send here what a message of another conversation of yours says and carries now."""
        return sent(request, ForwardMessage, conversation_id=conversation_id)


class MessageView(APIView):
    @extend_schema(request=body_of(EditMessage, "target"), responses=schema.Change, tags=["conversations"])
    def patch(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """Give a message of one's own another text. The answer is the edit, a change of its own."""
        return written(request, EditMessage, conversation_id=conversation_id, target=seq)

    @extend_schema(request=body_of(DeleteMessage, "target"), responses={200: schema.Change}, tags=["conversations"])
    def delete(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """Take a message's text away for good. The answer is the deletion, a change of its own."""
        return written(request, DeleteMessage, conversation_id=conversation_id, target=seq)


class ReactionView(APIView):
    @extend_schema(request=body_of(AddReaction, "target", "emoji"), responses=schema.Change, tags=["conversations"])
    def put(self, request: Request, conversation_id: UUID, seq: int, emoji: str) -> Response:
        """React to a message. The answer is the reaction, a change of its own."""
        return written(request, AddReaction, conversation_id=conversation_id, target=seq, emoji=emoji)

    @extend_schema(
        request=body_of(RemoveReaction, "target", "emoji"), responses={200: schema.Change}, tags=["conversations"]
    )
    def delete(self, request: Request, conversation_id: UUID, seq: int, emoji: str) -> Response:
        """Take a reaction of one's own back."""
        return written(request, RemoveReaction, conversation_id=conversation_id, target=seq, emoji=emoji)


class VersionsView(APIView):
    @extend_schema(responses=schema.Versions, tags=["conversations"])
    def get(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """The message as it was sent and its edits, oldest first; of many edits the last 50."""
        versions = async_to_sync(actions.list_versions)(
            actor_of(request).id, conversation_id=conversation_id, seq=message_seq(seq, field="target")
        )
        return Response({"results": _decoded(versions)})


def _decoded(contents: Iterable[bytes]) -> list[Any]:
    return [msgspec.json.decode(content) for content in contents]


def _further(request: Request, page: Page, results: list[Any], after: int | None) -> str | None:
    """The next page in the direction of this one."""
    if page.complete or not results:
        return None
    limit = request.query_params.get("limit", PAGE_DEFAULT)
    if after is not None:
        return next_address(request, after=results[-1]["seq"], limit=limit)
    return next_address(request, before=results[0]["seq"], limit=limit)
