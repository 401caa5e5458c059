"""Makes pending numbers final: reads what is stored, lets the first verdict win, writes it, closes the number.

Every worker may do it, for any number that is ripe; doing it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from messaging.history.sequencing.lease import Lease, Times
from messaging.history.sequencing.ports import Clock, Keeper, Place, Row, Rows, Standing, Tenure

MakeVoid = Callable[[UUID, int, int], Row]


class Settler:
    """`make_void(conversation_id, seq, epoch)` makes the row of a number that nobody used."""

    def __init__(
        self, keeper: Keeper, rows: Rows, clock: Clock, times: Times, lease: Lease, make_void: MakeVoid
    ) -> None:
        self._keeper = keeper
        self._rows = rows
        self._clock = clock
        self._times = times
        self._lease = lease
        self._make_void = make_void

    async def settle(self, tenure: Tenure, places: Sequence[Place]) -> bool:
        """Whether all of these are final now. Those whose worker may still be at it are left alone."""
        await self._lease.confirm(tenure)
        started = self._clock.now()
        standings = await self._keeper.standings(tenure, places, self._times.deadline)
        ripe = {
            place: verdict
            for place, (standing, verdict) in zip(places, standings, strict=True)
            if standing == Standing.RIPE
        }
        waiting = any(standing == Standing.PENDING for standing, _ in standings)
        verdicts = await self._verdicts(tenure, ripe)
        written = await self._write(tenure, verdicts)
        if self._is_late(started):
            return False
        # In time and at quorum: the verdicts are certain to stay.
        written = await self._follow(written, verdicts)
        if written:
            heads = await self._keeper.close(tenure, written)
            # Again: what was closed too late is closed in a Redis that does not count any more.
            if self._is_late(started):
                return False
            self._rows.note_heads(heads)
        return not waiting and len(written) == len(verdicts)

    def _is_late(self, started: float) -> bool:
        return self._clock.now() - started > self._times.deadline

    async def _verdicts(self, tenure: Tenure, ripe: dict[Place, Row | None]) -> dict[Place, Row]:
        open_ = [place for place, verdict in ripe.items() if verdict is None]
        if open_:
            found = await self._rows.read(open_)
            proposed = [(*place, self._proposal(tenure, place, row)) for place, row in zip(open_, found, strict=True)]
            ripe = ripe | dict(zip(open_, await self._keeper.judge(tenure, proposed), strict=True))
        return {place: verdict for place, verdict in ripe.items() if verdict is not None}

    def _proposal(self, tenure: Tenure, place: Place, row: Row | None) -> Row:
        """A row of another epoch under a number of this one is a late write: it lost its number."""
        return row if row and self._is_own(tenure, row) else self._make_void(*place, tenure.epoch)

    def _is_own(self, tenure: Tenure, row: Row) -> bool:
        return row.epoch == tenure.epoch

    async def _write(self, tenure: Tenure, verdicts: dict[Place, Row]) -> list[Place]:
        if not verdicts:
            return []
        rows = [(*place, row) for place, row in verdicts.items()]
        written = await self._rows.write(rows, self._timestamp(tenure))
        return [place for place, done in zip(verdicts, written, strict=True) if done]

    async def _follow(self, written: list[Place], verdicts: dict[Place, Row]) -> list[Place]:
        """Those whose targets, if they have one, are altered."""
        rows = [(*place, verdicts[place]) for place in written if verdicts[place].target]
        if not rows:
            return written
        followed = await self._rows.follow(rows)
        failed = {(id_, seq) for (id_, seq, _), done in zip(rows, followed, strict=True) if not done}
        return [place for place in written if place not in failed]

    def _timestamp(self, tenure: Tenure) -> int:
        """Above the late original of this epoch, below everything of the next."""
        return 2 * tenure.epoch + 1
