"""Conversations over REST: the same actions as the socket, with DRF's requests and answers around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

import msgspec
from asgiref.sync import async_to_sync
from django.http import HttpResponseBase
from django.utils.http import urlencode
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_user
from accounts.errors import InvalidError
from accounts.models import Token, User
from accounts.revalidation import SESSION_PREFIX, TOKEN_PREFIX
from accounts.tickets import TICKET_SECONDS, tickets
from groups.access import access_conversation
from groups.actions import open_direct
from messaging import actions, schema
from messaging.attention_api import shown_attention
from messaging.errors import NotAMessageError
from messaging.files.facts import FileFacts
from messaging.files.pictures import THUMBNAIL_TYPE
from messaging.files.serving import answer
from messaging.history import Mark, Page, Stored
from messaging.listing import ConversationRow, conversation_row, conversation_rows
from messaging.protocol import (
    PAGE_CHANGES,
    SEQ_MOST,
    AddReaction,
    AnyWrite,
    DeleteMessage,
    EditMessage,
    ForwardMessage,
    RemoveReaction,
    SendMessage,
    read_write,
)

PAGE_DEFAULT = 50


class TicketView(APIView):
    @extend_schema(request=None, responses={201: schema.Ticket}, tags=["socket"])
    def post(self, request: Request) -> Response:
        """A ticket that opens one socket, once, within `expires_in` seconds."""
        ticket = async_to_sync(tickets().issue)(_user(request).id, session_id=_session_id(request))
        return Response({"ticket": ticket, "expires_in": TICKET_SECONDS}, status=201)


class ConversationsView(APIView):
    @extend_schema(
        operation_id="conversations_list",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses=schema.ConversationPage,
        tags=["conversations"],
    )
    def get(self, request: Request) -> Response:
        """The user's conversations, newest activity first."""
        limit = _whole(request, "limit", least=1, most=PAGE_CHANGES) or PAGE_DEFAULT
        rows = conversation_rows(_user(request))
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
        other = access_user(_user(request), asked.validated_data["user_id"])
        conversation, created = open_direct(_user(request), other)
        row = conversation_row(_user(request), conversation)
        return Response(_shown(row), status=201 if created else 200)


class ConversationView(APIView):
    @extend_schema(responses=schema.Conversation, tags=["conversations"])
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """One conversation of the user's."""
        conversation = access_conversation(_user(request), conversation_id)
        return Response(_shown(conversation_row(_user(request), conversation)))


class MessagesView(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter("before", int, description="The last changes below this seq."),
            OpenApiParameter("after", int, description="The first changes above this seq."),
            OpenApiParameter("limit", int),
        ],
        responses=schema.ChangePage,
        tags=["conversations"],
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """A page of the timeline, ascending by seq: the newest, or as `before` or `after` say."""
        after = _whole(request, "after", least=0, most=SEQ_MOST)
        page = async_to_sync(actions.read_history)(
            _user(request).id,
            conversation_id=conversation_id,
            after=after,
            before=_whole(request, "before", least=0, most=SEQ_MOST),
            limit=_whole(request, "limit", least=1, most=PAGE_CHANGES) or PAGE_DEFAULT,
        )
        results, later = _decoded(page.changes), _decoded(page.later)
        further = _further(request, page, results, after)
        return Response({"results": results, "later": later, "next": further, "head": page.head})

    @extend_schema(
        request=schema.SendMessage,
        responses={200: schema.Change, 201: schema.Change},
        tags=["conversations"],
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Send a message; 200 when an earlier try with this key had stored it."""
        stored = _write(request, SendMessage, conversation_id=conversation_id)
        return Response(msgspec.json.decode(stored.content), status=200 if stored.repeated else 201)


class ForwardsView(APIView):
    @extend_schema(
        request=schema.ForwardMessage,
        responses={200: schema.Change, 201: schema.Change},
        tags=["conversations"],
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Send here what a message of another conversation of yours says and carries now."""
        stored = _write(request, ForwardMessage, conversation_id=conversation_id)
        return Response(msgspec.json.decode(stored.content), status=200 if stored.repeated else 201)


class MessageView(APIView):
    @extend_schema(request=schema.EditMessage, responses=schema.Change, tags=["conversations"])
    def patch(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """Give a message of one's own another text. The answer is the edit, a change of its own."""
        stored = _write(request, EditMessage, conversation_id=conversation_id, target=seq)
        return Response(msgspec.json.decode(stored.content))

    @extend_schema(request=schema.Key, responses=schema.Change, tags=["conversations"])
    def delete(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """Take a message's text away for good. The answer is the deletion, a change of its own."""
        stored = _write(request, DeleteMessage, conversation_id=conversation_id, target=seq)
        return Response(msgspec.json.decode(stored.content))


class ReactionView(APIView):
    @extend_schema(request=schema.Key, responses=schema.Change, tags=["conversations"])
    def put(self, request: Request, conversation_id: UUID, seq: int, emoji: str) -> Response:
        """React to a message. The answer is the reaction, a change of its own."""
        stored = _write(request, AddReaction, conversation_id=conversation_id, target=seq, emoji=emoji)
        return Response(msgspec.json.decode(stored.content))

    @extend_schema(request=schema.Key, responses=schema.Change, tags=["conversations"])
    def delete(self, request: Request, conversation_id: UUID, seq: int, emoji: str) -> Response:
        """Take a reaction of one's own back."""
        stored = _write(request, RemoveReaction, conversation_id=conversation_id, target=seq, emoji=emoji)
        return Response(msgspec.json.decode(stored.content))


class VersionsView(APIView):
    @extend_schema(responses=schema.Versions, tags=["conversations"])
    def get(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """The message as it was sent and its edits, oldest first; of many edits the last 50."""
        versions = async_to_sync(actions.list_versions)(
            _user(request).id, conversation_id=conversation_id, seq=_message_seq(seq)
        )
        return Response({"results": _decoded(versions)})


class FileView(APIView):
    @extend_schema(responses={(200, "application/octet-stream"): bytes}, tags=["files"])
    def get(self, request: Request, conversation_id: UUID, seq: int) -> HttpResponseBase:
        """The file that a message carries. Takes a range of bytes and knows its ETag."""
        return answer(request, _file(request, conversation_id, seq))


class ThumbnailView(APIView):
    @extend_schema(responses={(200, THUMBNAIL_TYPE): bytes}, tags=["files"])
    def get(self, request: Request, conversation_id: UUID, seq: int) -> HttpResponseBase:
        """A small one of the picture that a message carries."""
        return answer(request, _file(request, conversation_id, seq), is_small=True)


class ReadView(APIView):
    @extend_schema(request=schema.MarkRead, responses=schema.Mark, tags=["conversations"])
    def put(self, request: Request, conversation_id: UUID) -> Response:
        """Everything up to `seq` has been read. This never takes a mark back."""
        asked = schema.MarkRead(data=request.data)
        asked.is_valid(raise_exception=True)
        seq = asked.validated_data["seq"]
        mark = async_to_sync(actions.mark_read)(_user(request).id, conversation_id=conversation_id, seq=seq)
        return Response(_mark(conversation_id, mark))


class UnreadView(APIView):
    @extend_schema(request=schema.MarkUnread, responses=schema.Mark, tags=["conversations"])
    def put(self, request: Request, conversation_id: UUID) -> Response:
        """Takes the mark back, so that everything from `seq` on is unread again. Others see nothing of it."""
        asked = schema.MarkUnread(data=request.data)
        asked.is_valid(raise_exception=True)
        seq = asked.validated_data["seq"]
        mark = async_to_sync(actions.mark_unread)(_user(request).id, conversation_id=conversation_id, seq=seq)
        return Response(_mark(conversation_id, mark))


class MentionsView(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter("after", int, description="The first above this seq, 0 by default."),
            OpenApiParameter("limit", int),
        ],
        responses=schema.Mentions,
        tags=["conversations"],
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """The seqs of others' messages that mention this user, ascending."""
        seqs = async_to_sync(actions.list_mentions)(
            _user(request).id,
            conversation_id=conversation_id,
            after=_whole(request, "after", least=0, most=SEQ_MOST) or 0,
            limit=_whole(request, "limit", least=1, most=PAGE_CHANGES) or PAGE_DEFAULT,
        )
        return Response({"results": seqs})


class ReceiptsView(APIView):
    @extend_schema(responses=schema.Receipts, tags=["conversations"])
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """How far the members have come; nothing in a channel, and nothing for who reads privately."""
        receipts = async_to_sync(actions.list_receipts)(_user(request).id, conversation_id=conversation_id)
        return Response({"people": msgspec.to_builtins(receipts.people), "reads": receipts.reads})


def _mark(conversation_id: UUID, mark: Mark) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "read": mark.read,
        "unread": mark.unread,
        "turn": mark.turn,
        "mentions": mark.mentions,
    }


def _file(request: Request, conversation_id: UUID, seq: int) -> FileFacts:
    seq = _message_seq(seq)
    return async_to_sync(actions.read_file)(_user(request).id, conversation_id=conversation_id, seq=seq)


def _user(request: Request) -> User:
    return cast(User, request.user)


def _write(request: Request, kind: type[AnyWrite], **address: object) -> Stored:
    command = read_write(request.data, kind, **address)
    return async_to_sync(actions.write)(_user(request).id, command)


def _decoded(contents: Iterable[bytes]) -> list[Any]:
    return [msgspec.json.decode(content) for content in contents]


def _message_seq(seq: int) -> int:
    if not 1 <= seq <= SEQ_MOST:
        raise NotAMessageError(field="target")
    return seq


def _session_id(request: Request) -> str:
    if isinstance(request.auth, Token):
        return TOKEN_PREFIX + str(request.auth.digest)
    return SESSION_PREFIX + str(request.session.session_key)


def _whole(request: Request, name: str, *, least: int, most: int) -> int | None:
    """A whole number among the query parameters, once at most."""
    values = request.query_params.getlist(name)
    if not values:
        return None
    text = values[0]
    if len(values) > 1 or not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most):
        raise InvalidError(f"A whole number from {least} to {most}, once.", field=name)
    return int(text)


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
    return _address(request, cursor=f"{last.last_at}_{last.id}", limit=limit)


def _further(request: Request, page: Page, results: list[Any], after: int | None) -> str | None:
    """The next page in the direction of this one."""
    if page.complete or not results:
        return None
    limit = request.query_params.get("limit", PAGE_DEFAULT)
    if after is not None:
        return _address(request, after=results[-1]["seq"], limit=limit)
    return _address(request, before=results[0]["seq"], limit=limit)


def _address(request: Request, **parameters: Any) -> str:
    return str(request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}"))
