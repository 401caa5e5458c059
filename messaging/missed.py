"""What others changed in a conversation above a seq, grouped and counted: what somebody missed. Pure.

Of several changes of one thing only what came of them is told: the last text, the reactions that stayed, who is in now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from msgspec import Struct

from messaging.fold import Annotations
from messaging.protocol import (
    AnyChange,
    ConversationConverted,
    ConversationDescribed,
    ConversationRenamed,
    ConversationSlowed,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageSent,
    Pin,
    Reaction,
    ReactionAdded,
    Void,
    target_of,
)

# Of each kind so many items are told; all are counted.
ITEMS_MOST = 30


class MissedItem(Struct, omit_defaults=True):
    """`seq` is where to look: the first new message of an author, the message that was edited, deleted or reacted to,
    else the change itself. `count` is of what it stands for, `user_ids` are who did it, or who came and went; `text` is
    the message as it is now, shortened, or the new name."""

    kind: str
    seq: int
    count: int
    user_ids: list[UUID]
    emojis: list[str] = []
    text: str = ""


class Missed(Struct):
    """What changed above `since` up to `head`; not `is_complete`: of more than was looked at, the newest part."""

    since: int
    head: int
    is_complete: bool
    counts: dict[str, int]
    items: list[MissedItem]


def summarize(changes: Sequence[AnyChange], me: UUID) -> tuple[dict[str, int], list[MissedItem]]:
    """Ascending changes as counts and items by kind; a kind without items is left out."""
    others = [change for change in changes if change.author_id != me]
    told = {kind: tell(others) for kind, tell in _KINDS.items()}
    counts = {kind: sum(item.count for item in items) for kind, items in told.items() if items}
    return counts, [item for items in told.values() for item in items[-ITEMS_MOST:]]


def has_missed(changes: Iterable[AnyChange], me: UUID, since: int) -> bool:
    """Whether others did anything but write messages above `since`."""
    above = (change for change in changes if change.seq > since and change.author_id != me)
    return any(not isinstance(change, MessageSent | Void) for change in above)


def _new(changes: Sequence[AnyChange]) -> list[MissedItem]:
    items: dict[UUID, MissedItem] = {}
    for change in changes:
        if isinstance(change, MessageSent):
            item = items.setdefault(change.author_id, MissedItem("new", change.seq, 0, [change.author_id]))
            item.count += 1
    return list(items.values())


def _edited(changes: Sequence[AnyChange]) -> list[MissedItem]:
    """Of messages that were there: what is new is read as it is now anyway."""
    return _by_target("edited", (change for change in _old(changes) if isinstance(change, MessageEdited)))


def _deleted(changes: Sequence[AnyChange]) -> list[MissedItem]:
    return _by_target("deleted", (change for change in changes if isinstance(change, MessageDeleted)))


def _by_target(kind: str, changes: Iterable[MessageEdited | MessageDeleted]) -> list[MissedItem]:
    authors = {change.target: change.author_id for change in changes}
    return [MissedItem(kind, target, 1, [author]) for target, author in authors.items()]


def _old(changes: Sequence[AnyChange]) -> list[AnyChange]:
    """Those that concern a message that is not among them, and that nobody deleted since."""
    new = {change.seq for change in changes if isinstance(change, MessageSent)}
    gone = {change.target for change in changes if isinstance(change, MessageDeleted)}
    return [change for change in changes if target_of(change) not in new | gone]


def _reacted(changes: Sequence[AnyChange]) -> list[MissedItem]:
    annotations = Annotations(changes)
    gone = {change.target for change in changes if isinstance(change, MessageDeleted)}
    targets = {change.target for change in changes if isinstance(change, Reaction)}
    items = [_reactions(target, annotations) for target in sorted(targets - gone)]
    return [item for item in items if item.count]


def _reactions(target: int, annotations: Annotations) -> MissedItem:
    stayed = [one for one in annotations.reactions_to(target) if isinstance(one, ReactionAdded)]
    users, emojis = dict.fromkeys(one.author_id for one in stayed), dict.fromkeys(one.emoji for one in stayed)
    return MissedItem("reacted", target, len(stayed), list(users), list(emojis))


def _pinned(changes: Sequence[AnyChange]) -> list[MissedItem]:
    """What is pinned now and was pinned by these."""
    gone = {change.target for change in changes if isinstance(change, MessageDeleted)}
    last = {change.target: change for change in changes if isinstance(change, Pin)}
    pins = [change for change in last.values() if isinstance(change, MessagePinned) and change.target not in gone]
    return [MissedItem("pinned", pin.target, 1, [pin.author_id]) for pin in pins]


def _joined(changes: Sequence[AnyChange]) -> list[MissedItem]:
    return _moved("joined", changes, MemberJoined)


def _left(changes: Sequence[AnyChange]) -> list[MissedItem]:
    return _moved("left", changes, (MemberLeft, MemberRemoved))


def _moved(kind: str, changes: Sequence[AnyChange], how: type | tuple[type, ...]) -> list[MissedItem]:
    """Who is not where they were before the first of these changes."""
    moves: dict[UUID, list[AnyChange]] = {}
    for change in changes:
        if isinstance(change, MemberJoined | MemberLeft | MemberRemoved):
            moves.setdefault(change.user_id, []).append(change)
    stayed = {user: own[-1].seq for user, own in moves.items() if isinstance(own[0], how) and isinstance(own[-1], how)}
    return [MissedItem(kind, max(stayed.values()), len(stayed), list(stayed))] if stayed else []


def _renamed(changes: Sequence[AnyChange]) -> list[MissedItem]:
    named = [change for change in changes if isinstance(change, ConversationRenamed)]
    return [MissedItem("renamed", last.seq, 1, [last.author_id], text=last.name) for last in named[-1:]]


def _described(changes: Sequence[AnyChange]) -> list[MissedItem]:
    described = [change for change in changes if isinstance(change, ConversationDescribed)]
    return [MissedItem("described", last.seq, 1, [last.author_id], text=last.description) for last in described[-1:]]


def _converted(changes: Sequence[AnyChange]) -> list[MissedItem]:
    converted = [change for change in changes if isinstance(change, ConversationConverted)]
    return [MissedItem("converted", change.seq, 1, [change.author_id]) for change in converted]


def _slowed(changes: Sequence[AnyChange]) -> list[MissedItem]:
    slowed = [change for change in changes if isinstance(change, ConversationSlowed)]
    return [MissedItem("slowed", last.seq, 1, [last.author_id]) for last in slowed[-1:]]


_KINDS: dict[str, Callable[[Sequence[AnyChange]], list[MissedItem]]] = {
    "new": _new,
    "edited": _edited,
    "deleted": _deleted,
    "reacted": _reacted,
    "pinned": _pinned,
    "joined": _joined,
    "left": _left,
    "renamed": _renamed,
    "described": _described,
    "converted": _converted,
    "slowed": _slowed,
}
