"""Uploads: begin, take what comes, finish, cancel; and which messages a file belongs to.

A file is promised to one message, by its key, before it is there (models.Use). So nothing has to be noted while a
message is sent, and whether it was sent the history tells (messaging.attached).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts import limits
from accounts.errors import InvalidError, NotFoundError, UnavailableError
from accounts.models import User
from groups.access import access_conversation

from . import storage, tokens
from .capacity import capacity
from .errors import AnotherUploadError, FileTooLargeError, QuotaFullError, WrongOffsetError
from .kinds import HEAD_BYTES, media_type_of, why_no_picture
from .models import File, Use
from .names import clean_name, with_suffix
from .pictures.bounds import begins_like_a_picture
from .pictures.outcome import NO_PICTURE, Picture
from .pictures.pool import picture_pool

CHUNK_BYTES_MOST = 1_048_576
CHUNK_BYTES_LEAST = 65_536
# An upload that is not finished, or not sent, for so long is removed.
UPLOAD_LIFE = timedelta(days=7)
# After the last moment at which it could be sent.
SETTLE_MARGIN = timedelta(hours=1)
# A worker that has not written a chunk, or examined a file, within this time will not any more.
CLAIM_LIFE = timedelta(seconds=60)
# A deletion, or the sending of something forwarded, is over by then, or it is looked again later.
DOUBT = timedelta(seconds=3)
USES_AT_ONCE = 500


def begin_upload(actor: User, *, conversation_id: UUID, key: UUID, name: str, size: int) -> tuple[Use, bool]:
    """For the message `key` of the conversation; and whether it is new: repeating it finds what was begun."""
    access_conversation(actor, conversation_id)
    name = clean_name(name)
    if size > settings.FILE_BYTES_MOST:
        raise FileTooLargeError(f"A file has at most {settings.FILE_BYTES_MOST} bytes.", field="size")
    with transaction.atomic():
        # One after another, so that two at once do not both find the last room.
        User.objects.select_for_update().get(pk=actor.pk)
        if use := _promised(actor.pk, conversation_id, key):
            return _same(use, size), False
        _check_room(actor, size)
        limits.take("uploads_by_user", str(actor.pk))
        limits.take("upload_bytes_by_user", str(actor.pk), cost=size)
        capacity.claim(size)
        file = File.objects.create(owner=actor, name=name, size=size)
        return _promise(file, conversation_id=conversation_id, author_id=actor.pk, key=key, wait=UPLOAD_LIFE), True


def take_chunk(file: File, *, offset: int, content: bytes) -> File:
    """What begins at `offset`, which must be as much as has arrived. Raises WrongOffsetError."""
    end = offset + len(content)
    if file.finished_at or offset != file.received:
        raise WrongOffsetError(field="offset")
    if end > file.size:
        raise InvalidError("This is more than the file was to have.", field="offset")
    if len(content) < CHUNK_BYTES_LEAST and end < file.size:
        raise InvalidError(f"All chunks but the last have at least {CHUNK_BYTES_LEAST} bytes.", field="offset")
    if not content:
        return file
    claimed_at = _claim_chunk(file, offset)
    mine = File.objects.filter(pk=file.pk, claimed_at=claimed_at)
    try:
        storage.keep_chunk(file.pk, offset, content)
    except BaseException:
        mine.update(claimed_at=None)
        raise
    if not mine.filter(finished_at=None, removed_at=None).update(received=end, claimed_at=None):
        if not File.objects.filter(pk=file.pk, removed_at=None).exists():
            storage.drop_chunk(file.pk, offset)
        raise WrongOffsetError(field="offset")
    file.received = end
    return file


def _claim_chunk(file: File, offset: int) -> datetime:
    """Before its bytes are written: of two at once only one writes, so none replaces what was accepted."""
    now = timezone.now()
    if not _unclaimed(file, now).filter(received=offset).update(claimed_at=now):
        raise WrongOffsetError(field="offset")
    return now


def finish_upload(use: Use) -> Use:
    """Examine what has arrived, keep it, and say what it is. What cannot be made anew as a picture stays a file.

    Raises UnavailableError while another worker is at it, or too many pictures wait at this one.
    """
    file = use.file
    if file.finished_at:
        return use
    _claim(file)
    try:
        with storage.put_together(file.pk, file.size) as content:
            _keep(file, content)
    except InvalidError:
        discard(file)
        raise
    except BaseException:
        File.objects.filter(pk=file.pk).update(claimed_at=None)
        raise
    _note_finished(use)
    storage.erase_chunks(file.pk)
    return use


def take_whole(actor: User, content: IO[bytes], *, conversation_id: UUID, key: UUID, name: str, size: int) -> str:
    """An upload in one go, for who cannot send it in parts. The file_id; repeating it gives the same."""
    use, _ = begin_upload(actor, conversation_id=conversation_id, key=key, name=name, size=size)
    content.seek(use.file.received)
    while not use.file.finished_at and (chunk := content.read(CHUNK_BYTES_MOST)):
        take_chunk(use.file, offset=use.file.received, content=chunk)
    file_id = file_id_of(finish_upload(use))
    assert file_id
    return file_id


def cancel_upload(use: Use) -> None:
    """It will not be sent. One that is finished may have been: it is looked soon."""
    if use.file.finished_at:
        doubt(use.conversation_id, use.author_id, use.key)
    else:
        discard(use.file)


def discard(file: File) -> None:
    """No message carries it: its bytes are removed soon."""
    with transaction.atomic():
        Use.objects.filter(file=file).delete()
        File.objects.filter(pk=file.pk, removed_at=None).update(removed_at=timezone.now())


def file_id_of(use: Use) -> str | None:
    """What a message takes; None while it is not finished."""
    if use.file.finished_at is None:
        return None
    return tokens.sign(
        use.file.facts,
        author_id=use.author_id,
        conversation_id=use.conversation_id,
        key=use.key,
        expires_at=use.file.finished_at + UPLOAD_LIFE,
    )


# --- which messages a file belongs to


def use_again(file_id: UUID, *, conversation_id: UUID, author_id: UUID, key: UUID) -> None:
    """Another message is about to carry the file. Raises NotFoundError when it is gone; repeating it is harmless."""
    with transaction.atomic():
        file = File.objects.select_for_update().filter(pk=file_id, removed_at=None).first()
        if file is None:
            raise NotFoundError("This file is gone.", field="target")
        if _promised(author_id, conversation_id, key) is None:
            _promise(file, conversation_id=conversation_id, author_id=author_id, key=key, wait=timedelta())


def doubt(conversation_id: UUID, author_id: UUID, key: UUID) -> None:
    """The message is about to be deleted, or will never be sent: it is looked soon whether it is there."""
    now = timezone.now()
    uses = Use.objects.filter(conversation_id=conversation_id, author_id=author_id, key=key)
    uses.update(doubted_at=now, settles_at=now + DOUBT)


def doubt_all(conversation_id: UUID) -> None:
    """The history was restored, and messages of the conversation were lost: of all its files it is looked soon whether
    their messages are there."""
    now = timezone.now()
    Use.objects.filter(conversation_id=conversation_id, settles_at=None).update(doubted_at=now, settles_at=now + DOUBT)


def doubtful(most: int) -> list[Use]:
    """What is to be looked at now."""
    return list(Use.objects.filter(settles_at__lte=timezone.now()).order_by("settles_at")[:most])


def confirm(use: Use) -> None:
    """The message is there. A deletion may still be on its way: it is looked again, after growing pauses for a day."""
    now = timezone.now()
    age = now - use.doubted_at
    again = None if age > timedelta(days=1) else now + max(age, DOUBT)
    Use.objects.filter(pk=use.pk, settles_at=use.settles_at).update(settles_at=again)


def end_use(use: Use) -> None:
    """The message is not there, or not any more. Nothing happens if it came into doubt anew meanwhile."""
    _end(Use.objects.filter(pk=use.pk, settles_at=use.settles_at))


def end_uses_in(conversation_id: UUID) -> None:
    """The conversation goes, and all that was said in it."""
    uses = Use.objects.filter(conversation_id=conversation_id)
    while some := list(uses.values_list("pk", flat=True)[:USES_AT_ONCE]):
        _end(Use.objects.filter(pk__in=some))


def _end(uses: QuerySet[Use]) -> None:
    """Files left without a use go too. They are held meanwhile, so that none is forwarded at the same moment."""
    with transaction.atomic():
        files = File.objects.select_for_update().filter(pk__in=uses.values("file_id")).order_by("pk")
        held = [file.pk for file in files]
        uses.delete()
        File.objects.filter(pk__in=held, uses=None, removed_at=None).update(removed_at=timezone.now())


def _promised(author_id: UUID, conversation_id: UUID, key: UUID) -> Use | None:
    uses = Use.objects.filter(author_id=author_id, conversation_id=conversation_id, key=key)
    return uses.select_related("file").first()


def _promise(file: File, *, conversation_id: UUID, author_id: UUID, key: UUID, wait: timedelta) -> Use:
    now = timezone.now()
    return Use.objects.create(
        file=file,
        conversation_id=conversation_id,
        author_id=author_id,
        key=key,
        doubted_at=now,
        settles_at=now + wait + SETTLE_MARGIN,
    )


def _same(use: Use, size: int) -> Use:
    """Of a finished one the size is what is kept of it."""
    if use.file.finished_at is None and use.file.size != size:
        raise AnotherUploadError(field="key")
    return use


def _check_room(actor: User, size: int) -> None:
    taken = File.objects.filter(owner=actor, removed_at=None).aggregate(sum=Sum("size"))["sum"] or 0
    if taken + size > settings.FILES_BYTES_PER_USER:
        raise QuotaFullError(field="size")


def _claim(file: File) -> None:
    now = timezone.now()
    if not _unclaimed(file, now).update(claimed_at=now):
        raise UnavailableError


def _unclaimed(file: File, now: datetime) -> QuerySet[File]:
    going = File.objects.filter(pk=file.pk, finished_at=None, removed_at=None)
    return going.filter(claimed_at=None) | going.filter(claimed_at__lt=now - CLAIM_LIFE)


def _keep(file: File, content: IO[bytes]) -> None:
    """Into the storage, and what it is into `file`."""
    head = content.read(HEAD_BYTES)
    outcome = NO_PICTURE
    if begins_like_a_picture(head):
        outcome = picture_pool().remake(file.owner_id, content, file.size)
    if outcome.picture:
        _keep_picture(file, outcome.picture)
        return
    file.media_type = media_type_of(head)
    file.sent_as_file = outcome.reason or why_no_picture(file.media_type) or ""
    content.seek(0)
    storage.keep(storage.name_of(file.pk), content)


def _keep_picture(file: File, picture: Picture) -> None:
    file.name, file.media_type = with_suffix(file.name, picture.suffix), picture.media_type
    file.width, file.height, file.size = picture.width, picture.height, len(picture.content)
    storage.keep(storage.name_of(file.pk), picture.content)
    storage.keep(storage.name_of(file.pk, is_small=True), picture.thumbnail)


def _note_finished(use: Use) -> None:
    """Unless it was cancelled meanwhile."""
    file, now = use.file, timezone.now()
    file.received, file.finished_at, use.settles_at = file.size, now, now + UPLOAD_LIFE + SETTLE_MARGIN
    fields = ("name", "size", "received", "media_type", "width", "height", "sent_as_file", "finished_at")
    kept = File.objects.filter(pk=file.pk, removed_at=None).update(**{name: getattr(file, name) for name in fields})
    if not kept:
        storage.erase(file.pk)
        raise NotFoundError
    Use.objects.filter(pk=use.pk).update(settles_at=use.settles_at)
