"""Whether what was seen is what was promised: every line once, in one order, for everyone. Pure.

Each check takes a played conversation and tells what differs; together they are `differences`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from chatproject.replay.observed import Played, Seat, Sent
from messaging.protocol import AnyChange, ConversationCreated, MemberJoined, MemberLeft, MessageSent

OWNERS_HISTORY = "socket"


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind` is one of: lost, doubled, phantom, altered, refused, numbers, order, history, missing, leaked, unread,
    members.
    """

    kind: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.text}"


def differences(played: Played) -> list[Difference]:
    """The owner's history is the reference: it is judged by what was sent, and everyone else's by it."""
    timeline = played.owner.histories.get(OWNERS_HISTORY, [])
    messages = [change for change in timeline if isinstance(change, MessageSent)]
    found = [
        *_numbers(timeline),
        *_members(played, timeline),
        *_each_line_once(played, messages),
        *_senders_order(played, messages),
        *_real_time_order(played),
    ]
    by_seat = (
        difference
        for seat in played.seats
        for difference in (
            *_history(seat, timeline),
            *_live(seat, timeline),
            *_leaks(seat, played.sent),
            *_unread(seat, timeline),
        )
    )
    return [Difference(kind, played.name, text) for kind, text in (*found, *by_seat)]


Found = Iterator[tuple[str, str]]


def _numbers(timeline: list[AnyChange]) -> Found:
    """1, 2, 3."""
    for expected, change in enumerate(timeline, 1):
        if change.seq != expected:
            yield "numbers", f"seq {change.seq} stands where {expected} should"
            return


def _members(played: Played, timeline: list[AnyChange]) -> Found:
    """The group was made once, and each coming and going is told as often as it happened."""
    if not timeline or not isinstance(timeline[0], ConversationCreated):
        yield "members", "the timeline does not begin with the making of the group"
    came = Counter(change.user_id for change in timeline if isinstance(change, MemberJoined))
    went = Counter(change.user_id for change in timeline if isinstance(change, MemberLeft))
    for seat in played.seats:
        expected = seat.came - (seat is played.owner)
        if came[seat.user_id] != expected or went[seat.user_id] != len(seat.away):
            yield (
                "members",
                f"{seat.name} joined {expected} and left {len(seat.away)} times,"
                f" the timeline has {came[seat.user_id]} and {went[seat.user_id]}",
            )


def _each_line_once(played: Played, messages: list[MessageSent]) -> Found:
    stored = {message.key: message for message in messages}
    for key, times in Counter(message.key for message in messages).items():
        if times > 1:
            yield "doubled", f"{stored[key].body!r} is there {times} times"
    for key in stored.keys() - {sent.key for sent in played.sent}:
        yield "phantom", f"nobody sent {stored[key].body!r} (seq {stored[key].seq})"
    for sent in played.sent:
        message = stored.get(sent.key)
        if sent.refusal:
            yield "refused", f"{sent.body!r}: {sent.refusal}"
        elif message is None:
            yield "lost", f"{sent.body!r}, acknowledged with seq {sent.seq}"
        elif (message.body, message.author_id, message.seq) != (sent.body, sent.author_id, sent.seq):
            yield "altered", f"{sent.body!r} with seq {sent.seq} became {message.body!r} with {message.seq}"


def _senders_order(played: Played, messages: list[MessageSent]) -> Found:
    """Each sender's lines stand as they were said."""
    seqs = {message.key: message.seq for message in messages}
    last: dict[UUID, int] = {}
    for sent in played.sent:
        seq = seqs.get(sent.key, 0)
        if seq and seq < last.get(sent.author_id, 0):
            yield "order", f"{sent.body!r} (seq {seq}) stands before an earlier line of its sender"
        last[sent.author_id] = max(seq, last.get(sent.author_id, 0))


def _real_time_order(played: Played) -> Found:
    """What was acknowledged before another was begun stands before it."""
    first_acked = float("inf")
    for sent in sorted(played.sent, key=lambda sent: sent.seq, reverse=True):
        if not sent.seq:
            continue
        if first_acked < sent.began:
            yield "order", f"{sent.body!r} (seq {sent.seq}) began after a line with a higher seq was acknowledged"
        first_acked = min(first_acked, sent.acked)


def _history(seat: Seat, timeline: list[AnyChange]) -> Found:
    """Read to the end by whatever way, it is the same for everyone who stayed."""
    if seat.stayed and not seat.histories:
        yield "history", f"{seat.name} has read none"
    for way, changes in seat.histories.items():
        if changes != timeline:
            yield "history", f"{seat.name} by {way}: {_first_difference(changes, timeline)}"


def _first_difference(changes: list[AnyChange], timeline: list[AnyChange]) -> str:
    for index, (one, other) in enumerate(zip(changes, timeline, strict=False), 1):
        if one != other:
            return f"change {index} is {one} instead of {other}"
    return f"{len(changes)} changes instead of {len(timeline)}"


def _live(seat: Seat, timeline: list[AnyChange]) -> Found:
    """From their (last) joining on, a member who stayed was told everything; what they hold is what was stored."""
    wrong = [seq for seq, change in seat.held.items() if not 0 < seq <= len(timeline) or timeline[seq - 1] != change]
    for seq in sorted(wrong)[:3]:
        yield "missing", f"{seat.name} holds another change {seq} than the history: {seat.held[seq]}"
    if seat.stayed:
        absent = [seq for seq in range(_joined_at(seat, timeline) + 1, len(timeline) + 1) if seq not in seat.held]
        if absent:
            yield "missing", f"{seat.name} was never told {len(absent)} changes: {absent[:10]}"
    for seqs in seat.live:
        if any(later <= earlier for earlier, later in pairwise(seqs)):
            yield "order", f"{seat.name} was told changes twice or out of order on one connection"


def _joined_at(seat: Seat, timeline: list[AnyChange]) -> int:
    """The seq of the last joining; 0 for the owner, who made the group."""
    joins = (c.seq for c in timeline if isinstance(c, MemberJoined) and c.user_id == seat.user_id)
    return max(joins, default=0)


def _leaks(seat: Seat, sent: list[Sent]) -> Found:
    """Of what others began and finished while they were out, they were told nothing."""
    told = {seq for seqs in seat.live for seq in seqs}
    for left, back in seat.away:
        leaked = [one.seq for one in sent if left < one.began and one.acked < back and one.seq in told]
        if leaked:
            yield "leaked", f"{seat.name} was told {len(leaked)} messages after leaving: {leaked[:10]}"


def _unread(seat: Seat, timeline: list[AnyChange]) -> Found:
    """Exactly the messages of others above the mark, at the end and when the mark was set."""
    if not seat.stayed:
        return
    expected = _unread_above(seat, timeline, seat.read)
    if seat.head != len(timeline) or seat.unread != expected:
        yield (
            "unread",
            f"{seat.name} has head {seat.head} and {seat.unread} unread above {seat.read}"
            f" instead of {len(timeline)} and {expected}",
        )
    if marked := seat.marked:
        expected = _unread_above(seat, timeline, marked.read)
        if marked.read != max(marked.seq, _joined_at(seat, timeline)) or marked.unread != expected:
            yield "unread", f"{seat.name} marked {marked.seq}: told {marked.unread} above {marked.read}, not {expected}"


def _unread_above(seat: Seat, timeline: list[AnyChange], read: int) -> int:
    return sum(isinstance(c, MessageSent) and c.author_id != seat.user_id for c in timeline[read:])
