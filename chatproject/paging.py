"""How REST lists are paged: by where one is, not by how many rows to leave out."""

from __future__ import annotations

from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q
from rest_framework import pagination
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import InvalidError
from accounts.fields import MAX_PAGE_ROWS, PAGE_ROWS, one_parameter, page_rows


class CursorPages(pagination.BasePagination):
    """{results, next}: `next` is the address of the page that follows, or null.

    A view says its `ordering` (one field, pk without); ties are broken by pk. The cursor is signed for its path, so
    that one of another list, or a made-up one, is refused before it reaches a query.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        ordering = getattr(view, "ordering", None) or "pk"
        self.field, falling = ordering.lstrip("-"), ordering.startswith("-")
        limit = page_rows(request)
        rows = queryset.order_by(*(f"-{name}" if falling else name for name in self._fields()))
        if position := self._position():
            rows = rows.filter(_beyond(self._fields(), position, "lt" if falling else "gt"))
        page = list(rows[: limit + 1])
        self.last: Model | None = page[limit - 1] if len(page) > limit else None
        return page[:limit]

    def _fields(self) -> list[str]:
        return ["pk"] if self.field == "pk" else [self.field, "pk"]

    def _signer(self) -> Signer:
        return Signer(salt=f"chatproject.api.cursor:{self.request.path}")

    def _position(self) -> list[str] | None:
        text = one_parameter(self.request, "cursor")
        if text is None:
            return None
        try:
            position: list[str] = self._signer().unsign_object(text)
        except (BadSignature, ValueError):
            position = []
        # One of a list in another order has another length.
        if len(position) != len(self._fields()):
            raise InvalidError("This is no cursor of this list.", field="cursor")
        return position

    def _next(self) -> str | None:
        if self.last is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = self._signer().sign_object([str(getattr(self.last, name)) for name in self._fields()])
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {"type": "string", "format": "uri", "nullable": True}
        fields = {"results": schema, "next": following}
        return {"type": "object", "required": list(fields), "properties": fields}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ROWS, "default": PAGE_ROWS}
        return [
            {"name": "limit", "in": "query", "required": False, "description": "Rows a page", "schema": limit},
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Where to go on; take it from `next`",
                "schema": {"type": "string", "format": "cursor", "minLength": 1},
            },
        ]


def _beyond(fields: list[str], position: list[str], side: str) -> Q:
    first = Q((f"{fields[0]}__{side}", position[0]))
    if len(fields) == 1:
        return first
    return first | Q((fields[0], position[0]), (f"{fields[1]}__{side}", position[1]))
