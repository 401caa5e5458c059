"""Fields, parameters and a serializer that take what they ask for and nothing like it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from .errors import InvalidError


def one_parameter(request: Request, name: str) -> str | None:
    """A query parameter that means nothing when given twice."""
    values = request.query_params.getlist(name)
    if len(values) > 1:
        raise InvalidError("This parameter may be given once.", field=name)
    return values[0] if values else None


class TextField(serializers.CharField):
    """Text; a number is not text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """true or false; not 1, not "yes"."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeField(serializers.IntegerField):
    """A whole number; neither text nor true."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeChoice(serializers.ChoiceField):
    """One of some whole numbers; not the text of one."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class IdField(serializers.UUIDField):
    """A UUID as text; not the number or the URN that would also make one."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or len(data) != 36:
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class Input(serializers.Serializer[Any]):
    """What a request carries. A name that means nothing here is an error: ignoring a misspelt one helps nobody."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = [name for name in data if name not in self.fields] if isinstance(data, Mapping) else []
        if unknown:
            raise serializers.ValidationError({name: ["There is no such field here."] for name in unknown})
        return super().to_internal_value(data)
