"""The file that a message carries, over REST."""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import actor_of
from messaging import actions
from messaging.api.asked import message_seq
from messaging.files.facts import FileFacts
from messaging.files.pictures.outcome import THUMBNAIL_TYPE
from messaging.files.serving import answer


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


def _file(request: Request, conversation_id: UUID, seq: int) -> FileFacts:
    seq = message_seq(seq, field="target")
    return async_to_sync(actions.read_file)(actor_of(request).id, conversation_id=conversation_id, seq=seq)
