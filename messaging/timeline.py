"""A page of changes as the lines of a timeline: days, bursts of one author, notes, the unread line.

static/js/timeline-items.js makes the same lines in the browser; change both together.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

from accounts.labels import isolate
from messaging.files.facts import FileFacts
from messaging.fold import Annotations
from messaging.markup import preview
from messaging.missed import has_missed
from messaging.notes import note, note_html
from messaging.protocol import (
    AnyChange,
    MemberJoined,
    MessageSent,
    Origin,
    ReceiptsChanged,
    Void,
    does_mention,
    target_of,
)

BURST = timedelta(minutes=5)


@dataclass
class Reacted:
    """One emoji under a message. `names` tells who, for people who cannot count on a mouse too."""

    emoji: str
    count: int
    is_own: bool
    names: str


@dataclass
class Quote:
    """The message that another answers. Without a name: it was not read."""

    seq: int
    name: str = ""
    text: str = ""


@dataclass
class Source:
    """Who said first what was forwarded. With a place: a conversation of the reader's, in which it can be read."""

    name: str
    place: str = ""
    conversation_id: uuid.UUID | None = None
    seq: int = 0


@dataclass
class Line:
    """`kind`: day, new, note or message. `first` and `last` say where a message stands in its burst; `is_called`: it
    mentions the reader."""

    kind: str
    text: str = ""
    seq: int = 0
    author_id: uuid.UUID | None = None
    name: str = ""
    at: datetime | None = None
    html: SafeString | None = None
    edited_at: datetime | None = None
    is_deleted: bool = False
    is_pinned: bool = False
    file: FileFacts | None = None
    source: Source | None = None
    quote: Quote | None = None
    reactions: list[Reacted] = field(default_factory=list)
    receipt: str = ""
    is_called: bool = False
    is_own: bool = False
    first: bool = True
    last: bool = True

    def continues(self, before: Line | None) -> bool:
        """Whether this message belongs to the burst of the line before."""
        if before is None or self.kind != "message" or before.kind != "message" or self.author_id != before.author_id:
            return False
        assert self.at is not None
        assert before.at is not None
        return self.at - before.at < BURST


def people_in(changes: Iterable[AnyChange]) -> set[uuid.UUID]:
    """Everyone a page of changes names."""
    changes = list(changes)
    authors = {change.author_id for change in changes}
    first = {change.forwarded.author_id for change in changes if isinstance(change, MessageSent) and change.forwarded}
    return authors | first | {change.user_id for change in changes if hasattr(change, "user_id")}


def timeline(
    changes: Sequence[AnyChange],
    later: Sequence[AnyChange],
    *,
    quoted: Sequence[AnyChange] = (),
    me: uuid.UUID,
    names: dict[uuid.UUID, str],
    since: int | None,
    receipts: ReceiptsChanged | None = None,
    places: Mapping[uuid.UUID, str] = {},
) -> list[Line]:
    """The lines of a page as History.page gives it; `quoted` are messages outside that some of it answer, with what
    concerns them in `later` too. `since` is the read mark, None where no unread line is drawn. `receipts`: how far the
    members have come. `places`: what the reader's conversations are called."""
    lines: list[Line] = []
    unseen: int | None = None  # where the first line above the read mark stands
    annotations = Annotations([*changes, *later])
    messages = {change.seq: change for change in [*quoted, *changes] if isinstance(change, MessageSent)}
    day = ""
    for change in changes:
        if isinstance(change, Void) or target_of(change):
            continue
        at = datetime.fromisoformat(change.sent_at).astimezone(UTC)
        if (today := date_format(at, "l, j F Y")) != day:
            day = today
            lines.append(Line("day", text=day, at=at))
        line = _line(change, annotations, at, me, names)
        if isinstance(change, MessageSent) and change.reply_to and not line.is_deleted:
            line.quote = _quote(change.reply_to, messages.get(change.reply_to), annotations, me, names)
        if isinstance(change, MessageSent) and change.forwarded and not line.is_deleted:
            line.source = _source(change.forwarded, me, names, places)
        if since is not None and change.seq > since and line.kind == "message" and not line.is_own:
            lines.append(Line("new", text="New", seq=since))
            since = None
        if since is not None and change.seq > since and unseen is None:
            unseen = len(lines)
        _join(lines, line)
    _add_receipts(lines, changes, receipts, me)
    if since is not None and has_missed(changes, me, since):
        place = len(lines) if unseen is None else unseen
        lines.insert(place, Line("new", text="Since you were here", seq=since))
    return lines


def _join(lines: list[Line], line: Line) -> None:
    if lines and line.continues(lines[-1]):
        line.first = False
        lines[-1].last = False
    lines.append(line)


def _add_receipts(
    lines: Sequence[Line], changes: Sequence[AnyChange], receipts: ReceiptsChanged | None, me: uuid.UUID
) -> None:
    joined = {change.user_id: change.seq for change in changes if isinstance(change, MemberJoined)}
    for line in lines:
        if line.is_own and line.last and receipts:
            line.receipt = receipt_words(line.seq, receipts, joined, me)


def receipt_words(seq: int, told: ReceiptsChanged, joined: dict[uuid.UUID, int], me: uuid.UUID) -> str:
    """What became of one's own message; static/js/receipts.js says the same. Who joined after it is not counted."""
    others = [one for one in told.people if one.user_id != me and joined.get(one.user_id, 0) <= seq]
    reads = told.reads if told.reads is not None else [one.read for one in others]
    read = sum(mark >= seq for mark in reads)
    if read and len(reads) > 1:
        return f"Read by {read} of {len(reads)}"
    if read:
        return "Read"
    reached = [one.delivered is None or one.delivered >= seq for one in others]
    return "Delivered" if reached and all(reached) else "Sent"


def _line(
    change: AnyChange, annotations: Annotations, at: datetime, me: uuid.UUID, names: dict[uuid.UUID, str]
) -> Line:
    if not isinstance(change, MessageSent):
        return Line("note", text=note(change, me, names), html=note_html(change, me, names), seq=change.seq, at=at)
    shown = annotations.shown(change)
    return Line(
        "message",
        text=shown.body,
        # Made and cleaned by messaging.markup when the message was stored.
        html=mark_safe(shown.html) if shown.html else None,
        edited_at=datetime.fromisoformat(shown.edited_at).astimezone(UTC) if shown.edited_at else None,
        is_deleted=shown.is_deleted,
        is_pinned=shown.is_pinned,
        file=shown.file,
        reactions=[_reacted(emoji, users, me, names) for emoji, users in shown.reactions.items()],
        seq=change.seq,
        author_id=change.author_id,
        name=names.get(change.author_id, "Someone who left"),
        at=at,
        is_called=does_mention(change, me) and not shown.is_deleted,
        is_own=change.author_id == me,
    )


def _quote(
    seq: int, message: MessageSent | None, annotations: Annotations, me: uuid.UUID, names: dict[uuid.UUID, str]
) -> Quote:
    if message is None:
        return Quote(seq)
    name = "You" if message.author_id == me else names.get(message.author_id, "Someone who left")
    shown = annotations.shown(message)
    return Quote(seq, name, "Message deleted" if shown.is_deleted else preview(shown.body, shown.html, shown.file))


def _source(origin: Origin, me: uuid.UUID, names: dict[uuid.UUID, str], places: Mapping[uuid.UUID, str]) -> Source:
    name = "you" if origin.author_id == me else names.get(origin.author_id, "someone who left")
    if origin.conversation_id not in places:
        return Source(name)
    return Source(name, places[origin.conversation_id], origin.conversation_id, origin.seq)


def _reacted(emoji: str, users: Sequence[uuid.UUID], me: uuid.UUID, names: dict[uuid.UUID, str]) -> Reacted:
    called = ["You" if user == me else isolate(names.get(user, "Someone who left")) for user in users]
    return Reacted(emoji, len(users), me in users, ", ".join(called))
