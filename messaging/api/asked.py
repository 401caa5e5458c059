"""What an address asks for, checked: which page, which message; and the address of the page that comes next."""

from __future__ import annotations

from typing import Any

from django.utils.http import urlencode
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.fields import number_parameter
from messaging.errors import NotAMessageError
from messaging.protocol import PAGE_CHANGES, SEQ_MOST

PAGE_DEFAULT = 50


LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": PAGE_CHANGES, "default": PAGE_DEFAULT},
    description="Rows a page.",
)
CURSOR = OpenApiParameter(
    "cursor",
    {"type": "string", "format": "cursor", "minLength": 1},
    description="Where to go on; take it from `next`.",
)


def seq_parameter(name: str, description: str, *, minimum: int = 0) -> OpenApiParameter:
    """Describe a query parameter that is a seq."""
    return OpenApiParameter(name, {"type": "integer", "minimum": minimum, "maximum": SEQ_MOST}, description=description)


def asked_limit(request: Request) -> int:
    return number_parameter(request, "limit", minimum=1, maximum=PAGE_CHANGES) or PAGE_DEFAULT


def asked_seq(request: Request, name: str) -> int | None:
    return number_parameter(request, name, minimum=0, maximum=SEQ_MOST)


def message_seq(seq: int, *, field: str) -> int:
    """The seq in a path, which may be any number. `field`: what it is called where it is refused."""
    if not 1 <= seq <= SEQ_MOST:
        raise NotAMessageError(field=field)
    return seq


def next_address(request: Request, **parameters: Any) -> str:
    return str(request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}"))
