"""Uploads over REST: begin, send chunk by chunk from where it stands, cancel."""

from __future__ import annotations

import uuid
from typing import IO, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import parsers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from accounts.errors import InvalidError

from . import actions
from .access import access_upload
from .errors import FileTooLargeError
from .serializers import UploadInput, UploadSerializer, shown

OFFSET = "Upload-Offset"


class ChunkParser(parsers.BaseParser):
    """The body is the bytes themselves."""

    media_type = "application/octet-stream"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        content = stream.read(actions.CHUNK_BYTES_MOST + 1)
        if len(content) > actions.CHUNK_BYTES_MOST:
            raise FileTooLargeError(f"A chunk has at most {actions.CHUNK_BYTES_MOST} bytes.")
        return content


class Uploads(APIView):
    @extend_schema(
        operation_id="uploads_begin",
        request=UploadInput,
        responses={200: UploadSerializer, 201: UploadSerializer},
        tags=["files"],
    )
    def post(self, request: Request) -> Response:
        """Begin to upload the file of a message that will have this `key`; 200 when it was begun before.

        Send its bytes with PATCH, from `offset` on. When all have arrived `file_id` is there, for `message.send` with
        the same key. An upload that was not sent within 7 days is removed.
        """
        asked = UploadInput(data=request.data)
        asked.is_valid(raise_exception=True)
        use, is_new = actions.begin_upload(actor_of(request), **asked.validated_data)
        return Response(shown(use), status=201 if is_new else 200)


class OneUpload(APIView):
    parser_classes = [ChunkParser]

    @extend_schema(operation_id="uploads_read", responses=UploadSerializer, tags=["files"])
    def get(self, request: Request, upload_id: uuid.UUID) -> Response:
        """How much of an upload of yours has arrived."""
        return Response(shown(access_upload(actor_of(request), upload_id)))

    @extend_schema(
        operation_id="uploads_send",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[OpenApiParameter(OFFSET, int, OpenApiParameter.HEADER, required=True)],
        responses=UploadSerializer,
        tags=["files"],
    )
    def patch(self, request: Request, upload_id: uuid.UUID) -> Response:
        """The next bytes: 64 KiB to 1 MiB of them, the last ones as few as there are. With the last ones the file is
        examined; if no answer came, repeat with none at the end.

        `wrong_offset`: ask where it stands. `sent_as_file` in the answer: why a picture is sent as the file it is.
        """
        use = access_upload(actor_of(request), upload_id)
        content: Any = request.data or b""
        offset = _offset(request)
        if content or not use.file.finished_at:
            actions.take_chunk(use.file, offset=offset, content=content)
        if use.file.received == use.file.size:
            actions.finish_upload(use)
        return Response(shown(use))

    @extend_schema(operation_id="uploads_cancel", responses={204: None}, tags=["files"])
    def delete(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Give it up; what has arrived is removed. One that was sent meanwhile stays with its message."""
        actions.cancel_upload(access_upload(actor_of(request), upload_id))
        return Response(status=204)


def _offset(request: Request) -> int:
    text = request.headers.get(OFFSET, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise InvalidError("A whole number of bytes, in the header Upload-Offset.", field="offset")
    return int(text)
