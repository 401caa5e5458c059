"""What was seen while a conversation was played: records, without a judgement. chatproject.replay.check judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from messaging.protocol import AnyChange


@dataclass(slots=True)
class Sent:
    """A message as its sender knows it. Times are on one monotonic clock; `refusal` says why it was not stored."""

    key: UUID
    author_id: UUID
    body: str
    began: float = 0.0
    acked: float = 0.0
    seq: int = 0
    tries: int = 1
    refusal: str = ""


@dataclass(slots=True)
class Marked:
    """What a member was told when they marked everything up to `seq` as read."""

    seq: int
    read: int
    unread: int


@dataclass(slots=True)
class Seat:
    """A member's side. `came` counts how often they joined (the owner's making the group is one); `away` has, for each
    time they left, when that was answered and when they asked to come back.

    `held`: by seq, whether it came live or filled a gap. `live`: seqs as they came by themselves, a list per
    connection. `histories`: the whole timeline as read to the end, by way. `read` and `unread`: the last position.
    """

    name: str
    user_id: UUID
    came: int = 1
    away: list[tuple[float, float]] = field(default_factory=list)
    held: dict[int, AnyChange] = field(default_factory=dict)
    live: list[list[int]] = field(default_factory=list)
    histories: dict[str, list[AnyChange]] = field(default_factory=dict)
    head: int = 0
    read: int = 0
    unread: int = 0
    marked: Marked | None = None

    @property
    def stayed(self) -> bool:
        return self.came > len(self.away)


@dataclass(slots=True)
class Played:
    """One conversation. `sent` in the order in which each sender said it; `seats` with the owner first."""

    name: str
    sent: list[Sent]
    seats: list[Seat]

    @property
    def owner(self) -> Seat:
        return self.seats[0]
