"""Frames and stored changes as bytes: decoding, encoding, and what a refused frame is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from accounts.errors import InvalidError, RefusalError
from messaging.errors import MalformedError, UnknownTypeError
from messaging.protocol.changes import AnyChange, Change
from messaging.protocol.commands import AnyCommand, WriteKind
from messaging.protocol.events import Event
from messaging.protocol.fields import NAMED_CHARACTERS


class _Names(Struct):
    key: Any = None
    ref: Any = None


_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_names: msgspec.json.Decoder[_Names] = msgspec.json.Decoder(_Names)
_changes: msgspec.json.Decoder[AnyChange] = msgspec.json.Decoder(AnyChange)
_encoder = msgspec.json.Encoder()


def encode(item: Change | Event) -> bytes:
    """UTF-8 JSON, one frame."""
    return _encoder.encode(item)


def raw(contents: Iterable[bytes]) -> list[msgspec.Raw]:
    """Changes as stored, to be put into a page as they are."""
    return [msgspec.Raw(content) for content in contents]


def decode_change(content: bytes) -> AnyChange:
    """A change as it was stored. Raises msgspec.ValidationError when the content is none."""
    return _changes.decode(content)


def decode_command(text: str) -> AnyCommand:
    """A client's frame. Raises MalformedError, UnknownTypeError, or InvalidError with the field."""
    try:
        return _commands.decode(text)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise MalformedError from None


def read_write(data: object, kind: type[WriteKind], **address: object) -> WriteKind:
    """A write as REST takes it: what its address says, the rest in the body. Raises InvalidError with the field."""
    if not isinstance(data, dict):
        raise MalformedError("The body is one JSON object.")
    if extra := sorted(str(name) for name in data.keys() - (set(kind.__struct_fields__) - address.keys())):
        raise InvalidError("There is no such field.", field=extra[0][:64])
    try:
        return msgspec.convert(data | address | {"type": kind.__struct_config__.tag}, kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def named(text: str) -> dict[str, str]:
    """The `key` and `ref` of a refused frame, so that its error can name them."""
    try:
        names = _names.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return {}
    return {
        name: value
        for name in ("key", "ref")
        if isinstance(value := getattr(names, name), str) and len(value) <= NAMED_CHARACTERS
    }


def _refusal(reason: str) -> RefusalError:
    """msgspec's words, "Expected `int` >= 0 - at `$.seq`", as an error of ours."""
    what, _, place = reason.partition(" - at `$")
    field = place.rstrip("`").lstrip(".") or None
    if field == "type" or "missing required field `type`" in what:
        return UnknownTypeError(field="type")
    if what.startswith("Expected `object`"):
        return MalformedError()
    if match := re.search(r"(?:missing required|unknown) field `([^`]+)`", what):
        field = match[1][:NAMED_CHARACTERS]
        what = what.replace(match[1], field)
    if "matching regex" in what:
        what = "Expected text without U+0000"
    return InvalidError(what.replace("`", "'") + ".", field=field)
