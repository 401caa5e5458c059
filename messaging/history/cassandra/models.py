"""The tables of the history in Cassandra, as `manage.py make_history` makes them. Nothing reads or writes through these
models: the live path has its own prepared statements (statements.py)."""

from __future__ import annotations

from cassandra.cqlengine import columns
from cassandra.cqlengine.models import Model

ALIAS = "cassandra"


class Change(Model):
    """One numbered change. A row is merged cell by cell, so every write sets all of these at once, and `content`, the
    change as UTF-8 JSON, is one cell; a deletion replaces that one alone, above every other timestamp. `epoch` is the
    one that reserved the number."""

    __table_name__ = "change"
    __connection__ = ALIAS
    conversation_id = columns.UUID(partition_key=True)
    bucket = columns.Integer(partition_key=True)
    seq = columns.BigInt(primary_key=True)
    content = columns.Blob()
    epoch = columns.BigInt()
    is_message = columns.Boolean()
    author_id = columns.UUID()
    # The ids of those whom a message mentions, 16 bytes each; of zeros: everybody. Rows older than this have none.
    mentions = columns.Blob()


class StoredKey(Model):
    """Where a key may be stored; `id` stands for conversation, author and key. A hint: the change itself tells."""

    __table_name__ = "stored_key"
    __connection__ = ALIAS
    conversation_id = columns.UUID(partition_key=True)
    bucket = columns.Integer(partition_key=True)
    id = columns.Blob(primary_key=True)
    seq = columns.BigInt(primary_key=True)


class KnownKey(Model):
    """The same for what was stored before there was `stored_key`. Read, and not written any more."""

    __table_name__ = "known_key"
    __connection__ = ALIAS
    id = columns.Blob(partition_key=True)
    seq = columns.BigInt(primary_key=True)


class Head(Model):
    """A lower bound of a conversation's settled head, and its newest message; each cell under its change's number."""

    __table_name__ = "head"
    __connection__ = ALIAS
    conversation_id = columns.UUID(partition_key=True)
    seq = columns.BigInt()
    last_at = columns.BigInt()
    preview = columns.Blob()


class Base(Model):
    """The last number of a conversation before an epoch's first."""

    __table_name__ = "base"
    __connection__ = ALIAS
    conversation_id = columns.UUID(partition_key=True)
    epoch = columns.BigInt(primary_key=True)
    seq = columns.BigInt()


class ReadMark(Model):
    """How far a user has read, under how often they took it back and that number as the timestamp (marks.py): it never
    goes back by itself. `reached` is how far it stood when it was taken back."""

    __table_name__ = "read_mark"
    __connection__ = ALIAS
    user_id = columns.UUID(partition_key=True)
    conversation_id = columns.UUID(primary_key=True)
    seq = columns.BigInt()
    reached = columns.BigInt()


class Tally(Model):
    """How many messages each author has in a bucket that is full and settled, and which of them mention whom, as JSON.
    Derived from the changes, which do not change any more: written by whoever counted, never wrong."""

    __table_name__ = "tally"
    __connection__ = ALIAS
    conversation_id = columns.UUID(partition_key=True)
    bucket = columns.Integer(primary_key=True)
    messages = columns.Blob()
    mentions = columns.Blob()


class Annotation(Model):
    """The change that counts in a slot of a message, under its number as the timestamp: the newest wins. A deletion is
    written above all numbers: nothing comes after it. `bucket` is that of the message."""

    __table_name__ = "annotation"
    __connection__ = ALIAS
    conversation_id = columns.UUID(partition_key=True)
    bucket = columns.Integer(partition_key=True)
    target = columns.BigInt(primary_key=True)
    slot = columns.Text(primary_key=True)
    seq = columns.BigInt()
    content = columns.Blob()


class Version(Model):
    """Where the edits of a message are."""

    __table_name__ = "version"
    __connection__ = ALIAS
    conversation_id = columns.UUID(partition_key=True)
    bucket = columns.Integer(partition_key=True)
    target = columns.BigInt(primary_key=True)
    seq = columns.BigInt(primary_key=True)


class Epoch(Model):
    """The one row that says which Redis numbers changes. Changed by lightweight transaction only."""

    __table_name__ = "epoch"
    __connection__ = ALIAS
    id = columns.Integer(partition_key=True)
    epoch = columns.BigInt()
    run_id = columns.Text()


class HistoryEpoch(Model):
    """The one row that says in which epoch the history is: raised after a restore, and written under its own number as
    the timestamp, so that the highest wins."""

    __table_name__ = "history_epoch"
    __connection__ = ALIAS
    id = columns.Integer(partition_key=True)
    number = columns.BigInt()


TABLES = (Change, StoredKey, KnownKey, Head, Base, ReadMark, Tally, Annotation, Version, Epoch, HistoryEpoch)
