"""What goes into the index, what is asked of it and what it answers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

# Between the text of a message and the name of its file. White space to Unicode, so no folded text has it.
NAME_MARK = "\x1f"


@dataclass(slots=True)
class Entry:
    """A message as the index keeps it; `text` is folded, with the name of its file after a NAME_MARK."""

    seq: int
    author_id: UUID
    sent_at: str
    kind: str
    text: str


@dataclass(slots=True)
class Batch:
    """What some changes of a conversation do to the index: new entries, other texts of older ones, who is gone.

    Another text leaves the name of the file as it is.
    """

    entries: list[Entry] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)


class Step(NamedTuple):
    """What the changes of a conversation above `after` up to `upto` do to the index."""

    conversation_id: UUID
    after: int
    upto: int
    batch: Batch


class Standing(NamedTuple):
    """Of a conversation in the index. `cursor`: its key there; `seq`: up to where it is indexed. While its entries are
    of an older version `renewed` says up to where they have been made anew, else it is None."""

    cursor: int
    seq: int
    renewed: int | None


class Place(NamedTuple):
    """Where an entry stands among all, the newest being the highest."""

    sent_at: str
    cursor: int
    seq: int


class Hit(NamedTuple):
    conversation_id: UUID
    place: Place


class Hits(list[Hit]):
    """Newest first. `further`: where to go on after the last of them; None when there are no others."""

    further: Place | None = None


@dataclass(slots=True)
class Wanted:
    """Entries of these conversations with all of the terms (folded), which have all of the grams; since <= sent_at <
    until; of one of the authors and kinds, if any are named; below a place, if one is given."""

    conversation_ids: Sequence[UUID]
    terms: Sequence[str]
    grams: Collection[str]
    author_ids: Collection[UUID] | None = None
    kinds: Collection[str] = ()
    since: str = ""
    until: str = ""
    below: Place | None = None
