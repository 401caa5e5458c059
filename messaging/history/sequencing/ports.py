"""What numbering needs of the world: the keeper of numbers (Redis), the rows (Cassandra), a clock. And their words.

A *reservation* hands out numbers; a *pending* number is not settled yet; *settling* makes it final, as stored or void.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol
from uuid import UUID

from msgspec import Struct

Place = tuple[UUID, int]


class Row(Struct, frozen=True, array_like=True):
    """A change as it is kept. `epoch` reserved its number; `record` stands for its conversation, author and key, and is
    empty for a void; `at` is its time in microseconds; `target` the number of the message it concerns, 0 for none."""

    epoch: int
    record: bytes
    author_id: UUID
    is_message: bool
    at: int
    content: bytes
    target: int = 0

    @property
    def is_void(self) -> bool:
        return not self.record


@dataclass(frozen=True, slots=True)
class Tenure:
    """An epoch, and the run of Redis that numbers in it."""

    epoch: int
    run_id: str


@dataclass(frozen=True, slots=True)
class Moment:
    """`tenure` was in force then, or had been shortly before; `at` is by the clock's `now`."""

    tenure: Tenure
    at: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How an epoch takes over a conversation: numbers go on after `base`; those above `head` are settled as planned."""

    head: int
    base: int
    at: int
    verdicts: dict[int, Row]


@dataclass(frozen=True, slots=True)
class Takeover:
    """How far an epoch has taken a conversation over. `planned`: planned numbers that are not settled yet."""

    base: int
    is_open: bool
    planned: tuple[int, ...]


class Standing(IntEnum):
    """Of a number. RIPE: pending, and anyone may settle it: it is planned, or its worker has had its time."""

    BEYOND = 0
    SETTLED = 1
    PENDING = 2
    RIPE = 3
    NEW = 4


@dataclass(frozen=True, slots=True)
class Reserved:
    """For each record asked for: its number, and whether it is NEW, PENDING or SETTLED. `at`: the time to give it."""

    at: int
    numbers: list[tuple[int, Standing]]


@dataclass(slots=True)
class HeadRow:
    """A lower bound of a conversation's head, as the rows have it, and the base each epoch began from."""

    seq: int = 0
    at: int = 0
    bases: dict[int, int] = field(default_factory=dict)


class FencedError(Exception):
    """Redis is another run, or holds another epoch, than the tenure says."""


class Keeper(Protocol):
    """Redis. Each call is one atomic step. All raise UnavailableError when there is no answer, which leaves it unknown
    whether the step was made; those with a tenure raise FencedError when it is not in force there."""

    async def identity(self) -> tuple[str, int]:
        """The run id, and the epoch held (0: none)."""

    async def install(self, tenure: Tenure) -> None:
        """Begin the epoch, unless this run holds it or a later one."""

    async def takeovers(self, tenure: Tenure, conversations: Sequence[UUID]) -> list[Takeover | None]: ...

    async def plan(self, tenure: Tenure, plans: dict[UUID, Plan]) -> None:
        """The first plan of a conversation wins."""

    async def open(self, tenure: Tenure, bases: dict[UUID, int]) -> None:
        """Numbers may be handed out: the base is stored."""

    async def reserve(
        self, tenure: Tenure, wanted: Sequence[tuple[UUID, Sequence[bytes]]], at: int
    ) -> list[Reserved | None]:
        """Known records give their number, new ones the next, record and number in one step. None: not open."""

    async def settle(
        self, tenure: Tenure, stored: Sequence[tuple[UUID, int, bytes]]
    ) -> tuple[list[bool], dict[UUID, int]]:
        """Make these numbers final as stored, and say of each whether it is; False where a verdict came first. And the
        heads."""

    async def standings(
        self, tenure: Tenure, places: Sequence[Place], patience: float
    ) -> list[tuple[Standing, Row | None]]:
        """And the verdict, if there is one already."""

    async def judge(self, tenure: Tenure, verdicts: Sequence[tuple[UUID, int, Row]]) -> list[Row | None]:
        """The verdict that stands: the first. None: the number is not pending any more."""

    async def close(self, tenure: Tenure, places: Sequence[Place]) -> dict[UUID, int]:
        """The verdict is written: the number is final, a void's record is free again. The heads."""

    async def overdue(self, tenure: Tenure, patience: float, most: int) -> list[Place]: ...

    async def heads(self, tenure: Tenure, conversations: Sequence[UUID]) -> list[int | None]:
        """The settled head of each conversation that this epoch has taken over."""

    async def forget(self, conversations: Sequence[UUID]) -> None: ...

    async def rest(self) -> None:
        """Let go of what belongs to this event loop."""


class Rows(Protocol):
    """Cassandra. Everything at quorum; reads raise UnavailableError, writes tell of each row whether it is written
    (False: not known)."""

    async def epoch(self) -> Tenure | None: ...

    async def raise_epoch(self, old: Tenure | None, new: Tenure) -> bool:
        """By transaction; whether it was ours that went through. UnavailableError: not known."""

    async def heads(self, conversations: Sequence[UUID]) -> list[HeadRow]: ...

    async def above(self, places: Sequence[Place]) -> list[dict[int, Row]]:
        """All rows above a number, settled or not."""

    async def read(self, places: Sequence[Place]) -> list[Row | None]: ...

    async def write(self, rows: Sequence[tuple[UUID, int, Row]], timestamp: int) -> list[bool]:
        """Each row, and for each that is no void where its record is; True only when both are at quorum."""

    async def follow(self, rows: Sequence[tuple[UUID, int, Row]]) -> list[bool]:
        """Write what these rows, each with a target, alter in it. Only for rows that are certain to stay; again is
        harmless."""

    async def write_bases(self, bases: dict[UUID, int], epoch: int) -> bool: ...

    async def candidates(self, records: Sequence[tuple[UUID, bytes]]) -> list[list[int]]:
        """Every number under which a record of a conversation was ever written at quorum; perhaps more."""

    def note_heads(self, heads: dict[UUID, int]) -> None:
        """These heads are settled; to be written some time."""


class Clock(Protocol):
    def now(self) -> float:
        """Seconds, monotonic."""

    def time(self) -> int:
        """Microseconds since 1970, for people."""
