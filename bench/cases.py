"""Which rooms there are and who is in them: the same for everyone who is compared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """`rooms` of `members` that connect. And, in Parley only: `away`, members that do not; `history`, messages there
    already; `elsewhere`, further conversations of each member."""

    rooms: int
    members: int
    away: int = 0
    history: int = 0
    elsewhere: int = 0


SIZES = (10, 100, 1_000, 10_000)
ROOMS = 50

CASES = {
    "fan": Case(1, 500, history=200),
    "large": Case(1, 10_000),
    "small": Case(ROOMS, 10),
    "alone": Case(1, 10),
    "beside": Case(20, 10),
    "crowd": Case(1, 5_000),
    "burst": Case(2_500, 2),
    "burst_tutorial": Case(250, 2),
    **{f"away {size}": Case(1, 10, away=size) for size in SIZES},
    **{f"history {size}": Case(1, 10, history=size) for size in SIZES},
    **{f"elsewhere {size}": Case(1, 10, elsewhere=size) for size in SIZES},
}
