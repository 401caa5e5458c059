"""Files: what arrives, what is kept, and which messages carry it. The bytes are in the storage (files.storage)."""

from __future__ import annotations

from django.db import models

from accounts.models import User, new_id

from .facts import FileFacts
from .names import NAME_CHARACTERS


class File(models.Model):
    """`size` is what was announced, and once finished what is kept; `received` is what has arrived of it.

    A row with `removed_at` waits for its bytes to be removed from the storage, and goes when they are.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=NAME_CHARACTERS)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    media_type = models.CharField(max_length=100, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    # Why a picture is kept as the file it is (pictures.outcome.Reason).
    sent_as_file = models.CharField(max_length=20, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    # Since when some worker writes a chunk of it or examines it.
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return self.name

    @property
    def facts(self) -> FileFacts:
        return FileFacts(self.pk, self.name, self.size, self.media_type, self.width, self.height)


class Use(models.Model):
    """The one message that may carry, or carries, the file: named by its key, as it may not be stored yet.

    A file stays while it has a use. At `settles_at` it is looked whether the message is there; `doubted_at` is when
    that came into doubt.
    """

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(File, models.CASCADE, related_name="uses")
    conversation_id = models.UUIDField(db_index=True)
    author_id = models.UUIDField()
    key = models.UUIDField()
    doubted_at = models.DateTimeField()
    settles_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "author_id", "conversation_id"], name="file_use_once"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} in {self.conversation_id}"
