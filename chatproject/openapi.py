"""How REST framework's views become OpenAPI operations: as strict as the server is, and no stricter."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from messaging.protocol import SEQ_MOST

# What paths hold beyond Django's converters, by the parameter's name.
PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "seq": {"type": "integer", "minimum": 1, "maximum": SEQ_MOST},
    "emoji": {"type": "string", "format": "emoji", "minLength": 1, "maxLength": 32},
}


class Operations(AutoSchema):
    """Describe each operation. A DELETE has a body where a view names one: the key of a write."""

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = self._body_of_delete(direction) if self.method == "DELETE" else self._described_body(direction)
        for media in (body or {}).get("content", {}).values():
            if self._needs_body(media["schema"]):
                body["required"] = True
        return body

    def _body_of_delete(self, direction: Any) -> Any:
        if not self.get_request_serializer():
            return None
        self.method = "POST"
        try:
            return self._described_body(direction)
        finally:
            self.method = "DELETE"

    def _needs_body(self, schema: dict[str, Any]) -> bool:
        name = schema.get("$ref", "").rpartition("/")[2]
        shape = self.registry[(name, ResolvedComponent.SCHEMA)].schema if name else schema
        return bool(shape.get("required") or shape.get("minProperties"))

    def _described_body(self, direction: Any) -> Any:
        return super()._get_request_body(direction)  # type: ignore[no-untyped-call]

    def get_request_serializer(self) -> Any:
        """What `@extend_schema(request=…)` names; nothing is guessed for a DELETE."""
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _resolve_path_parameters(self, variables: Any) -> Any:
        parameters = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        for parameter in parameters:
            parameter["schema"] = PATH_PARAMETERS.get(parameter["name"], parameter["schema"])
        return parameters


class InputShape(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """`accounts.fields.Input` refuses unknown names, so its shape says so, with the rules that join its fields."""

    target_class = "accounts.fields.Input"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        shape: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**shape, "additionalProperties": False, **self.target.RULES}


class TextShape(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """`accounts.fields.TextField` refuses U+0000, and blank text unless it may be blank."""

    target_class = "accounts.fields.TextField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        shape: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**_text_rules(self.target), **shape, **self.target.shape}


def _text_rules(field: Any) -> dict[str, Any]:
    allowed = f"[^{field.refused}]*"
    if field.allow_blank:
        return {"pattern": f"^{allowed}$"}
    space = r"\s" if field.trim_whitespace else ""
    return {"minLength": 1, "pattern": f"^{allowed}[^{space}{field.refused}]{allowed}$"}
