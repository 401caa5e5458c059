"""What an address asks for, checked: which page, which message; and the address of the page that comes next."""

from __future__ import annotations

from typing import Any

from django.utils.http import urlencode
from rest_framework.request import Request

from accounts.errors import InvalidError
from accounts.fields import one_parameter
from messaging.errors import NotAMessageError
from messaging.protocol import PAGE_CHANGES, SEQ_MOST

PAGE_DEFAULT = 50


def asked_number(request: Request, name: str, *, least: int, most: int) -> int | None:
    """A whole number among the query parameters, once at most."""
    text = one_parameter(request, name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most):
        raise InvalidError(f"A whole number from {least} to {most}.", field=name)
    return int(text)


def asked_limit(request: Request) -> int:
    return asked_number(request, "limit", least=1, most=PAGE_CHANGES) or PAGE_DEFAULT


def asked_seq(request: Request, name: str) -> int | None:
    return asked_number(request, name, least=0, most=SEQ_MOST)


def message_seq(seq: int, *, field: str) -> int:
    """The seq in a path, which may be any number. `field`: what it is called where it is refused."""
    if not 1 <= seq <= SEQ_MOST:
        raise NotAMessageError(field=field)
    return seq


def next_address(request: Request, **parameters: Any) -> str:
    return str(request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}"))
