"""Fields, parameters and a serializer that take what they ask for and nothing like it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from .errors import InvalidError

PAGE_ROWS = 50
MAX_PAGE_ROWS = 200


def one_parameter(request: Request, name: str) -> str | None:
    """A query parameter that means nothing when given twice."""
    values = request.query_params.getlist(name)
    if len(values) > 1:
        raise InvalidError("This parameter may be given once.", field=name)
    return values[0] if values else None


def number_parameter(request: Request, name: str, *, minimum: int, maximum: int) -> int | None:
    """A query parameter that is a whole number in decimal digits; None when absent. Raises InvalidError."""
    text = one_parameter(request, name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and minimum <= int(text) <= maximum):
        raise InvalidError(f"A whole number from {minimum} to {maximum}.", field=name)
    return int(text)


def page_rows(request: Request) -> int:
    """The `limit` of a list: how many rows a page has. Raises InvalidError."""
    return number_parameter(request, "limit", minimum=1, maximum=MAX_PAGE_ROWS) or PAGE_ROWS


class TextField(serializers.CharField):
    """Text; a number is not text. `shape` is what JSON Schema says of it beyond its length: a pattern or a format."""

    shape: ClassVar[dict[str, Any]] = {}
    # What it must not contain, as the inside of a character class.
    refused = r"\u0000"

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


# Control characters, separators of lines, and what reorders the text around it.
_CONTROLS = r"\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"


class LineField(TextField):
    """One line of text, as `rules.clean_text` takes it."""

    refused = r"\u0000-\u001f" + _CONTROLS


class LinesField(TextField):
    """Text of several lines, as `rules.clean_text` takes it with `lines`."""

    refused = r"\u0000-\u0008\u000b\u000c\u000e-\u001f" + _CONTROLS


class UsernameField(TextField):
    """A username to be given; `names` says which are free."""

    shape = {"pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"}


class EmailField(TextField):
    """An e-mail address; `rules` says which."""

    shape = {"format": "email"}


class NewPasswordField(TextField):
    """A password to be set; `rules` and Django's validators say which is good enough."""

    shape = {"format": "password", "minLength": 8}


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

    # Keywords of JSON Schema for how the fields depend on each other; `validate` enforces it. A comment, since a
    # docstring becomes the public description.
    RULES: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        unknown = [name for name in data if name not in self.fields] if isinstance(data, Mapping) else []
        if unknown:
            raise serializers.ValidationError({name: ["There is no such field here."] for name in unknown})
        return super().to_internal_value(data)
