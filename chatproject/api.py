"""What every REST endpoint shares: strict JSON in, problem documents out, a limit per user.

REST framework finds these by the names in settings; rooms need not import them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from http import HTTPStatus
from typing import IO, Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, parsers, throttling
from rest_framework.request import Request

from accounts import limits
from accounts.errors import InvalidError, NotFoundError, RefusalError
from accounts.followers import choose_follower

BODY_BYTES = 65_536
# Above it a double skips whole numbers.
LARGEST_EXACT = 2**53 - 1
DATABASE_RETRY_SECONDS = 2
PROBLEM = "application/problem+json"


class TooLarge(exceptions.APIException):
    status_code, default_code = 413, "too_large"
    default_detail = f"A request's body has at most {BODY_BYTES} bytes."


class StrictJSONParser(parsers.JSONParser):
    """One JSON object, without what some reader behind us would choke on or read differently."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        body = stream.read(BODY_BYTES + 1)
        if len(body) > BODY_BYTES:
            raise TooLarge
        try:
            data = json.loads(
                body.decode(),
                parse_constant=_refuse_number,
                parse_float=_finite,
                object_pairs_hook=_without_duplicates,
            )
        except (ValueError, RecursionError):
            raise exceptions.ParseError("The body is not one well-formed JSON object in UTF-8.") from None
        if not isinstance(data, dict):
            raise exceptions.ParseError("The body must be a JSON object.")
        for name, value in data.items():
            _check_text(name, None)
            _check_text(value, name)
        return data


def _refuse_number(text: str) -> float:
    raise ValueError(text)


def _finite(text: str) -> float | int:
    """The number; a whole one is an integer, however it is written: JSON knows no difference between 3 and 3.0."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return int(number) if number.is_integer() and abs(number) <= LARGEST_EXACT else number


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name twice")
    return made


def _check_text(value: Any, field: str | None) -> None:
    """PostgreSQL stores no NUL, and nothing encodes half a surrogate pair."""
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        for item in value:
            _check_text(item, field)
    elif isinstance(value, str) and any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in value):
        raise InvalidError("Text cannot contain NUL or half a surrogate pair.", field=field)


class UserLimit(throttling.BaseThrottle):
    """All of a user's requests together. Only here it is known whose request it is."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.user.is_authenticated:
            limits.take("api_by_user", str(request.user.pk))
            choose_follower(request.user.pk)
        return True


_DOWN = (OperationalError, InterfaceError)
# What REST framework, Django and the database raise, and the stable code and status we answer.
_CODES: list[tuple[type[Exception] | tuple[type[Exception], ...], str, int]] = [
    (exceptions.NotAuthenticated, "not_authenticated", 401),
    (exceptions.AuthenticationFailed, "invalid_token", 401),
    ((exceptions.PermissionDenied, PermissionDenied), "not_allowed", 403),
    ((exceptions.NotFound, Http404), "not_found", 404),
    (exceptions.MethodNotAllowed, "method_not_allowed", 405),
    (exceptions.NotAcceptable, "not_acceptable", 406),
    ((TooLarge, RequestDataTooBig), "too_large", 413),
    (exceptions.UnsupportedMediaType, "unsupported_media_type", 415),
    ((exceptions.ParseError, MultiPartParserError, SuspiciousOperation), "malformed", 400),
    (_DOWN, "unavailable", 503),
]


def problem(error: Exception, context: dict[str, Any]) -> JsonResponse | None:
    """The RFC 9457 document for a refusal; None for what is our own mistake."""
    if isinstance(error, RefusalError):
        answer = refuse(error.status, error.code, error.message, field=error.field)
    elif isinstance(error, exceptions.ValidationError):
        answer = _invalid(error)
    else:
        found = next(((code, status) for kinds, code, status in _CODES if isinstance(error, kinds)), None)
        if found is None:
            return None
        answer = refuse(found[1], found[0], _detail(error))
    for name, value in _headers(error).items():
        answer[name] = value
    return answer


def refuse(status: int, code: str, detail: str, **more: Any) -> JsonResponse:
    """A problem document. Rendered here, whatever the view's own renderer makes of data."""
    about = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    told = {name: value for name, value in more.items() if value is not None}
    return JsonResponse({**about, "detail": detail, "code": code, **told}, status=status, content_type=PROBLEM)


def _invalid(error: exceptions.ValidationError) -> JsonResponse:
    """`field` is the first one at fault; `errors` has them all."""
    detail: Any = error.detail
    if not isinstance(detail, dict):
        return refuse(400, "invalid", " ".join(map(str, detail)))
    errors = {name: _messages(items) for name, items in detail.items()}
    field = next(iter(errors))
    return refuse(400, "invalid", errors[field][0], field=field, errors=errors)


def _messages(items: Any) -> list[str]:
    if isinstance(items, dict):
        items = [message for inner in items.values() for message in _messages(inner)]
    return [str(item) for item in items]


def _detail(error: Exception) -> str:
    if isinstance(error, exceptions.APIException):
        return str(error.detail)
    if isinstance(error, _DOWN):
        return "The server cannot answer now. Try again shortly."
    return NotFoundError.message if isinstance(error, Http404) else "Refused."


def _headers(error: Exception) -> dict[str, str]:
    wait = getattr(error, "retry_after", None)
    if wait is None and (isinstance(error, _DOWN) or getattr(error, "code", "") == "unavailable"):
        wait = DATABASE_RETRY_SECONDS
    if wait is not None:
        return {"Retry-After": str(max(1, math.ceil(wait)))}
    challenge = getattr(error, "auth_header", None)
    return {"WWW-Authenticate": challenge} if challenge else {}


@csrf_exempt
def nothing(request: HttpRequest) -> JsonResponse:
    """The view of whatever is under /api/v1 and is nothing."""
    return refuse(404, "not_found", NotFoundError.message)


def _lengthless(request: HttpRequest) -> JsonResponse | None:
    """REST framework takes a body without a length for none, and would complain of every field in it."""
    if "HTTP_TRANSFER_ENCODING" not in request.META or request.META.get("CONTENT_LENGTH"):
        return None
    return refuse(411, "length_required", "Send a Content-Length instead of a chunked body.")


def private_answers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: no cache may keep what the API told one user."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        response = _lengthless(request) or get_response(request)
        patch_cache_control(response, no_store=True)
        return response

    return answer
