"""What requests about uploads carry, and how an upload looks in answers."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.fields import IdField, Input, TextField, WholeField

from .actions import file_id_of
from .models import Use
from .pictures.outcome import Reason

NAME_CHARACTERS_TAKEN = 1_000


# A larger one is refused as a file, 413, and not as a value.
@extend_schema_field({"type": "integer", "minimum": 1, "maximum": settings.FILE_BYTES_MOST})
class SizeField(WholeField):
    """How many bytes a file has."""


class UploadInput(Input):
    conversation_id = IdField()
    key = IdField(help_text="the key of the message that is to carry it")
    name = TextField(max_length=NAME_CHARACTERS_TAKEN, help_text="what it is called; it may come back shorter")
    size = SizeField(min_value=1, help_text="bytes")


class FileFactsSerializer(serializers.Serializer[Any]):
    """As in the message that carries it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    media_type = serializers.CharField()
    width = serializers.IntegerField(required=False, help_text="of a picture, in pixels")
    height = serializers.IntegerField(required=False)


class UploadSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    key = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    offset = serializers.IntegerField(help_text="how many bytes have arrived: where to go on")
    file_id = serializers.CharField(allow_null=True, help_text="for message.send; null until it is finished")
    file = FileFactsSerializer(allow_null=True)
    sent_as_file = serializers.ChoiceField(
        get_args(Reason), required=False, help_text="there when a picture is sent as the file it is: why"
    )


def shown(use: Use) -> dict[str, Any]:
    file = use.file
    file_id = file_id_of(use)
    return {
        "id": file.pk,
        "conversation_id": use.conversation_id,
        "key": use.key,
        "name": file.name,
        "size": file.size,
        "offset": file.received,
        "file_id": file_id,
        "file": msgspec.to_builtins(file.facts) if file_id else None,
        **({"sent_as_file": file.sent_as_file} if file.sent_as_file else {}),
    }
