"""Compression of what the application answers: pages, JSON and other text, never files that people sent.

Django adds random bytes to each compressed answer and masks its CSRF tokens, so the size of a page says nothing of the
secrets in it (BREACH). What is streamed keeps its length and its ranges; static files are compressed once, when they
are collected.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

COMPRESSED = ("text/html", "text/plain", "text/csv", "text/markdown", "application/json", "application/problem+json")


class CompressionMiddleware(GZipMiddleware):
    """Answers with one of the types in COMPRESSED are compressed for clients that accept it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not _is_text(response) or response.streaming:
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        return super().process_response(request, response)


def _is_text(response: HttpResponseBase) -> bool:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    return kind in COMPRESSED or kind.endswith(("+json", "/vnd.oai.openapi"))
