"""Tables of the SQL history, of the search index, of what people saved, reported and began to write, and of the audit
trail. Only messaging.history.sql reads or writes the first seven, only messaging.search.index the next three."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.labels import isolate
from accounts.models import User, new_id
from groups.models import Conversation

REASON_CHARACTERS = 500


class Outcome(models.TextChoices):
    """What became of a report."""

    DISMISSED = "dismissed", "Dismissed"
    DELETED = "deleted", "The message was deleted"


class Epoch(models.Model):
    """An epoch of the history that began, at a restore or a promotion. The highest number is in force; none: 0 is."""

    number = models.BigIntegerField(primary_key=True)
    began_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.number}, since {self.began_at:%Y-%m-%d %H:%M}"


class Head(models.Model):
    """Where a conversation stands: its last seq, how many of its changes are messages, and its newest message."""

    conversation_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    seq = models.BigIntegerField()
    messages = models.BigIntegerField()
    last_at = models.CharField(max_length=27)
    preview = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"{self.conversation_id} at {self.seq}"


class Change(models.Model):
    """One numbered change; `content` is the event as it goes over the wire, UTF-8 JSON."""

    id = models.BigAutoField(primary_key=True)
    conversation_id = models.UUIDField()
    seq = models.BigIntegerField()
    author_id = models.UUIDField()
    key = models.UUIDField()
    messages = models.BigIntegerField()
    is_message = models.BooleanField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation_id", "seq"], name="change_seq_once"),
            models.UniqueConstraint(fields=["key", "author_id", "conversation_id"], name="change_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} #{self.seq}"


class Mark(models.Model):
    """How far a user has read, and what makes their unread count.

    `seen` is the number of others' messages at or before `read`; `own` the number of their own messages in all. So
    unread = the head's messages - own - seen, exactly, without counting rows. `turn` counts how often the mark was
    taken back, `reached` is how far it stood when it was.
    """

    id = models.BigAutoField(primary_key=True)
    user_id = models.UUIDField()
    conversation_id = models.UUIDField()
    read = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    own = models.BigIntegerField(default=0)
    # Defaults in the database: workers that do not know these columns yet may still mark.
    turn = models.BigIntegerField(default=0, db_default=0)
    reached = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "conversation_id"], name="mark_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id} at {self.read}"


class Annotation(models.Model):
    """The change that counts in a slot of a message: its last edit or its deletion, and each reaction."""

    id = models.BigAutoField(primary_key=True)
    conversation_id = models.UUIDField()
    target = models.BigIntegerField()
    slot = models.CharField(max_length=120)
    seq = models.BigIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation_id", "target", "slot"], name="annotation_slot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.slot} of {self.conversation_id} #{self.target}"


class Version(models.Model):
    """Where an edit of a message is: `seq` is the edit's own number."""

    id = models.BigAutoField(primary_key=True)
    conversation_id = models.UUIDField()
    target = models.BigIntegerField()
    seq = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation_id", "target", "seq"], name="version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} #{self.target} as of {self.seq}"


class Mention(models.Model):
    """A message mentions a user; a user_id of zeros: everybody."""

    id = models.BigAutoField(primary_key=True)
    conversation_id = models.UUIDField()
    user_id = models.UUIDField()
    seq = models.BigIntegerField()
    author_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation_id", "user_id", "seq"], name="mention_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id} #{self.seq}"


class SearchCursor(models.Model):
    """How far a conversation is in the search index: up to `seq`. What its head is above that is still to do.

    `version` made its entries; while that is an older one, those up to `renewed` are new already. In SQLite those up to
    `sealed` have blocks.
    """

    id = models.BigAutoField(primary_key=True)
    conversation_id = models.UUIDField(unique=True)
    seq = models.BigIntegerField(default=0)
    version = models.SmallIntegerField(db_default=1)
    renewed = models.BigIntegerField(db_default=0)
    sealed = models.BigIntegerField(db_default=0)

    def __str__(self) -> str:
        return f"{self.conversation_id} indexed up to {self.seq}"


class SearchEntry(models.Model):
    """A message that can be found; `text` is folded. PostgreSQL keeps its n-grams in one more column, which a migration
    adds there; SQLite has blocks."""

    id = models.BigAutoField(primary_key=True)
    cursor = models.ForeignKey(SearchCursor, models.CASCADE, related_name="+", db_index=False)
    seq = models.BigIntegerField()
    author_id = models.UUIDField()
    sent_at = models.CharField(max_length=27)
    kind = models.CharField(max_length=5)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cursor", "seq"], name="search_entry_once")]
        indexes = [
            models.Index(fields=["sent_at", "cursor", "seq"], name="search_entry_newest"),
            models.Index(fields=["cursor", "author_id", "seq"], name="search_entry_author"),
        ]

    def __str__(self) -> str:
        return f"{self.cursor_id} #{self.seq}"


class SearchBlock(models.Model):
    """What may be found among the entries of a conversation from one seq to another, in SQLite only: `signature` has a
    bit for each of their n-grams. Of a stale block it has every bit, until it is made anew."""

    id = models.BigAutoField(primary_key=True)
    cursor = models.ForeignKey(SearchCursor, models.CASCADE, related_name="+", db_index=False)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    oldest = models.CharField(max_length=27)
    newest = models.CharField(max_length=27)
    signature = models.BinaryField()
    is_stale = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cursor", "last_seq"], name="search_block_once")]
        indexes = [models.Index(fields=["cursor"], condition=models.Q(is_stale=True), name="search_block_stale")]

    def __str__(self) -> str:
        return f"{self.cursor_id} #{self.first_seq} to #{self.last_seq}"


class SavedMessage(models.Model):
    """A message that a user wants to find again; nobody else knows. Only messaging.saved reads or writes it."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation", "seq"], name="saved_once")]

    def __str__(self) -> str:
        return f"{self.user} saved {self.conversation_id} #{self.seq}"


class KeptDraft(models.Model):
    """What a user wrote in a conversation and did not send; empty once they did, or took it back, so that an older one
    does not come again. Only messaging.drafting reads or writes it."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    text = models.TextField(blank=True)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.user} writes in {self.conversation_id}"


class Report(models.Model):
    """A message as it was when somebody reported it, whatever became of it and of its conversation afterwards. Only
    messaging.reports writes it. Open until it is settled."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, models.SET_NULL, null=True, related_name="+")
    place = models.CharField(max_length=80, help_text="What the conversation was called.")
    seq = models.BigIntegerField()
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(max_length=150)
    sent_at = models.DateTimeField()
    text = models.TextField(blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    reporter = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=REASON_CHARACTERS, blank=True)
    reported_at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    settled_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reporter", "conversation", "seq"], name="reported_once")]
        indexes = [models.Index(fields=["conversation", "seq"], name="report_message")]

    def __str__(self) -> str:
        return f"{isolate(self.place)} #{self.seq}, reported {self.reported_at:%Y-%m-%d}"


class AuditEntry(models.Model):
    """An administrator read a conversation's messages."""

    admin = models.ForeignKey(User, models.PROTECT, related_name="+")
    conversation_id = models.UUIDField(db_index=True)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    read_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "audit entries"
        permissions = [("read_conversation", "Can read the messages of any conversation")]

    def __str__(self) -> str:
        return f"{self.admin} read {self.conversation_id} at {self.read_at}"
