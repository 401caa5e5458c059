"""The bytes, in whatever settings.STORAGES["files"] names: a folder, or S3 and its like. Names are made of ids alone.

Every worker reaches the same storage. Writing anew what is there, and removing what is not, are harmless.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from typing import IO, Protocol, runtime_checkable
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.base import File as StoredContent
from django.core.files.storage import Storage, storages

from .errors import LostChunkError

# Smaller ones are put together in memory.
IN_MEMORY_BYTES_MOST = 2 * 1024 * 1024


def storage() -> Storage:
    return storages["files"]


def name_of(file_id: UUID, *, is_small: bool = False) -> str:
    """Spread over 256 folders by the random end of the id."""
    return f"{file_id.hex[-2:]}/{file_id.hex}{'.small' if is_small else ''}"


@runtime_checkable
class SendsParts(Protocol):
    def open_part(self, name: str, first: int, last: int) -> IO[bytes]: ...


def open_part(name: str, first: int, last: int) -> IO[bytes]:
    """To be read from its beginning, which is the byte `first`. Only a storage that has to be told ends at `last`."""
    kept = storage()
    if isinstance(kept, SendsParts):
        return kept.open_part(name, first, last)
    content: IO[bytes] = kept.open(name)
    content.seek(first)
    return content


def keep(name: str, content: IO[bytes] | bytes) -> None:
    """Replaces what was there."""
    storage().delete(name)
    file = ContentFile(content) if isinstance(content, bytes) else StoredContent(content)
    kept = storage().save(name, file)
    if kept != name:  # somebody wrote it at the same moment
        storage().delete(kept)


def keep_chunk(file_id: UUID, offset: int, content: bytes) -> None:
    keep(_chunk_name(file_id, offset), content)


def drop_chunk(file_id: UUID, offset: int) -> None:
    storage().delete(_chunk_name(file_id, offset))


@contextlib.contextmanager
def put_together(file_id: UUID, size: int) -> Iterator[IO[bytes]]:
    """The chunks as one; each begins where the one before ended. Raises LostChunkError when they do not fit."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES_MOST) as whole:
        while whole.tell() < size:
            whole.write(_chunk(file_id, whole.tell()))
        if whole.tell() > size:
            raise LostChunkError
        whole.seek(0)
        yield whole


def _chunk(file_id: UUID, offset: int) -> bytes:
    try:
        with storage().open(_chunk_name(file_id, offset)) as chunk:
            content: bytes = chunk.read()
    except FileNotFoundError:
        raise LostChunkError from None
    if not content:
        raise LostChunkError
    return content


def erase_chunks(file_id: UUID) -> None:
    folder = _chunk_folder(file_id)
    with contextlib.suppress(FileNotFoundError):
        for name in storage().listdir(folder)[1]:
            storage().delete(f"{folder}/{name}")
    # The folder itself, where there are folders.
    storage().delete(folder)


def erase(file_id: UUID) -> None:
    """Everything there is of a file."""
    for name in (name_of(file_id), name_of(file_id, is_small=True)):
        storage().delete(name)
    erase_chunks(file_id)


def _chunk_folder(file_id: UUID) -> str:
    return f"arriving/{file_id.hex}"


def _chunk_name(file_id: UUID, offset: int) -> str:
    return f"{_chunk_folder(file_id)}/{offset:015}"
