"""The answer that carries a file's bytes. Whether the asker may have them is decided before.

Only pictures that we made anew ourselves are ever shown in place; all else is handed over to be saved, and nothing in
it runs. With a proxy that can reach the folder (settings.FILES_ACCEL), it does the sending.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import IO

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from accounts.errors import NotFoundError

from . import storage
from .facts import FileFacts
from .pictures.outcome import THUMBNAIL_TYPE

PIECE_BYTES = 131_072
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
# nginx drops these from an answer that it completes itself: deploy/nginx.conf.template says them again.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Whoever keeps a copy asks each time whether it still may show it.
CACHING = "private, no-cache"


def answer(request: HttpRequest, facts: FileFacts, *, is_small: bool = False) -> HttpResponseBase:
    """`is_small`: the thumbnail of a picture. Raises NotFoundError when the bytes are not there."""
    if is_small and not facts.is_picture:
        raise NotFoundError
    name = storage.name_of(facts.id, is_small=is_small)
    if settings.FILES_ACCEL:
        made: HttpResponseBase = HttpResponse(headers={"X-Accel-Redirect": settings.FILES_ACCEL + name})
    else:
        made = _bytes_of(request, name, f'"{name.replace("/", "-")}"')
    _describe(made, request, facts, THUMBNAIL_TYPE if is_small else facts.media_type)
    return made


def _describe(made: HttpResponseBase, request: HttpRequest, facts: FileFacts, media_type: str) -> None:
    is_saved = not facts.is_picture or "download" in request.GET
    made["Content-Type"] = media_type
    made["Content-Disposition"] = content_disposition_header(is_saved, facts.name) or "attachment"
    made["Cache-Control"] = CACHING
    for header, value in SAFE.items():
        made[header] = value


def _bytes_of(request: HttpRequest, name: str, etag: str) -> HttpResponseBase:
    try:
        size = storage.storage().size(name)
    except FileNotFoundError:
        raise NotFoundError("This file is gone.") from None
    about = {"ETag": etag, "Accept-Ranges": "bytes"}
    if etag in _listed(request, "If-None-Match"):
        return HttpResponse(status=304, headers=about)
    first, last = _range(request, size, etag)
    if first > last:
        return HttpResponse(status=416, headers={**about, "Content-Range": f"bytes */{size}"})
    is_part = last - first + 1 < size
    about |= {"Content-Length": str(last - first + 1)}
    if is_part:
        about |= {"Content-Range": f"bytes {first}-{last}/{size}"}
    status = 206 if is_part else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=about)
    return StreamingHttpResponse(
        _pieces(storage.open_part(name, first, last), last - first + 1), status=status, headers=about
    )


def _listed(request: HttpRequest, header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in request.headers.get(header, "").split(",")}


def _range(request: HttpRequest, size: int, etag: str) -> tuple[int, int]:
    """The first and the last byte that is wanted; the first after the last: there are none. What we do not read as one
    range counts as none asked for, as RFC 9110 allows."""
    asked = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or not (asked[1] or asked[2]) or request.headers.get("If-Range", etag) != etag:
        return 0, size - 1
    if not asked[1]:
        return max(0, size - int(asked[2])), size - 1
    first, last = int(asked[1]), int(asked[2]) if asked[2] else size - 1
    if asked[2] and last < first:
        return 0, size - 1
    return (first, min(last, size - 1)) if first < size else (size, size - 1)


async def _pieces(content: IO[bytes], left: int) -> AsyncIterator[bytes]:
    """So many bytes, read on a thread, a piece at a time."""
    try:
        while left > 0 and (piece := await asyncio.to_thread(content.read, min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece
    finally:
        content.close()
