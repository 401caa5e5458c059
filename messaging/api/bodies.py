"""JSON Schema of the bodies that REST's writes take, made from the commands of the protocol."""

from __future__ import annotations

from typing import Any

import msgspec

from messaging.protocol import AnyWrite

# A message has text or carries a file.
WORDS_OR_FILE = {"anyOf": [{"required": ["file_id"]}, {"required": ["body"], "properties": {"body": {"minLength": 1}}}]}


def body_of(kind: type[AnyWrite], *address: str, **rules: Any) -> dict[str, Any]:
    """For `@extend_schema(request=…)`: the fields of `kind` without those that the address names.

    `rules` are keywords of JSON Schema that say how the fields depend on each other.
    """
    _, components = msgspec.json.schema_components([kind], ref_template="{name}")
    shape = components[kind.__name__]
    left_out = {"type", "conversation_id", *address}
    fields = {name: _portable(field) for name, field in shape["properties"].items() if name not in left_out}
    required = [name for name in shape["required"] if name not in left_out]
    return {
        "application/json": {
            "type": "object",
            "description": shape.get("description", ""),
            "properties": fields,
            "required": required,
            "additionalProperties": False,
            **rules,
        }
    }


def _portable(field: dict[str, Any]) -> dict[str, Any]:
    """The field with its pattern as ECMA 262 writes it, which JSON Schema requires."""
    if "pattern" in field:
        field = {**field, "pattern": field["pattern"].replace(r"\Z", "$").replace(r"\x00", r"\u0000")}
    return field
