"""Stores changes under dense numbers: reserve, store, settle, and only then tell; whatever dies in between is healed by
whoever comes next. Nothing here acknowledges what is not at quorum under a number that stays its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.errors import UnavailableError
from messaging.errors import InProgressError
from messaging.history.sequencing.lease import Lease, Times
from messaging.history.sequencing.ports import (
    Clock,
    FencedError,
    Keeper,
    Moment,
    Place,
    Row,
    Rows,
    Standing,
    Tenure,
)
from messaging.history.sequencing.settling import MakeVoid, Settler
from messaging.history.sequencing.takeover import Takeovers

READY_MOST = 200_000
SWEEP_MOST = 200
# The keeper knows a record for a day (scripts.KEYS_SECONDS); by its own clock.
RECENT_SECONDS = 43_200.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change to store once under `record`; `make(seq, at, epoch)` makes its row when it has its number.

    `not_before`: nobody can have known the record before that moment.
    """

    conversation_id: UUID
    record: bytes
    make: Callable[[int, int, int], Row]
    not_before: Moment | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored, and where. `repeated`: an earlier try had stored it."""

    seq: int
    row: Row
    repeated: bool


class InProgress:
    """Another try has a number for the record that is not final yet. No outcome, so false."""

    def __bool__(self) -> bool:
        return False


IN_PROGRESS = InProgress()
Outcomes = dict[bytes, Kept]
Hint = tuple[Place, bytes]


class Sequencer:
    def __init__(
        self, keeper: Keeper, rows: Rows, clock: Clock, make_void: MakeVoid, times: Times | None = None
    ) -> None:
        self._keeper = keeper
        self._rows = rows
        self._clock = clock
        self._times = times or Times()
        self.lease = Lease(keeper, rows, clock, self._times)
        self._settler = Settler(keeper, rows, clock, self._times, self.lease, make_void)
        self._takeovers = Takeovers(keeper, rows, self._settler, make_void)
        self._ready: tuple[Tenure | None, set[UUID]] = (None, set())

    async def store(self, proposals: Sequence[Proposal]) -> list[Kept | InProgress | None]:
        """An outcome for each; None: not known, and the same record finds out. Each record comes once.

        In progress: the same record finds out soon, when the try that has its number is through or overdue.

        Raises UnavailableError when nothing is known of any.
        """
        tenure = await self.lease.tenure()
        try:
            outcomes, pending = await self._store(tenure, proposals)
        except FencedError:
            self.lease.drop()
            raise UnavailableError from None
        unknown = dict.fromkeys(pending, IN_PROGRESS)
        return [outcomes.get(proposal.record) or unknown.get(proposal.record) for proposal in proposals]

    async def _store(self, tenure: Tenure, proposals: Sequence[Proposal]) -> tuple[Outcomes, list[bytes]]:
        """Outcomes, and the records that others have numbers for."""
        ready = await self.take_over(tenure, {proposal.conversation_id for proposal in proposals})
        proposals = [proposal for proposal in proposals if proposal.conversation_id in ready]
        outcomes = await self._recall(tenure, [one for one in proposals if not self._is_young(tenure, one.not_before)])
        fresh = [proposal for proposal in proposals if proposal.record not in outcomes]
        await self.lease.confirm(tenure)
        if not fresh:
            return outcomes, []
        stored, pending = await self._reserve_and_store(tenure, fresh)
        return outcomes | stored, pending

    def moment(self) -> Moment | None:
        """Now, as far as the epoch is known."""
        return Moment(self.lease.last, self._clock.now()) if self.lease.last else None

    def is_young(self, moment: Moment) -> bool:
        """Whether what came after that moment need not be looked for in the rows, as far as is known."""
        return self.lease.last is not None and self._is_young(self.lease.last, moment)

    def _is_young(self, tenure: Tenure, since: Moment | None) -> bool:
        """The epoch never goes back: every number handed out since then was handed out in this one, and whoever keeps
        its numbers knows their records and finds them when it reserves."""
        return since is not None and self._is_of(tenure, since) and self._clock.now() - since.at < RECENT_SECONDS

    def _is_of(self, tenure: Tenure, moment: Moment) -> bool:
        return moment.tenure == tenure

    async def take_over(self, tenure: Tenure, conversations: set[UUID]) -> set[UUID]:
        """Those of the conversations in which numbers can be had. Raises FencedError."""
        of, ready = self._ready
        if of != tenure or len(ready) > READY_MOST:
            self._ready = tenure, ready = tenure, set()
        if missing := sorted(conversations - ready):
            ready.update(await self._takeovers.complete(tenure, missing))
        return conversations & ready

    async def _recall(self, tenure: Tenure, proposals: Sequence[Proposal]) -> Outcomes:
        """What earlier tries stored, however long ago: the record itself is the key. Only a settled number counts, and
        only if the row under it is this record's."""
        hints = await self._hints(tenure, proposals)
        return await self._first_results([hint for hint, standing in hints if standing == Standing.SETTLED])

    async def _hints(self, tenure: Tenure, proposals: Sequence[Proposal]) -> list[tuple[Hint, Standing]]:
        """Where the records may be, and how those numbers stand."""
        candidates = await self._candidates([(proposal.conversation_id, proposal.record) for proposal in proposals])
        hints = [
            ((proposal.conversation_id, seq), proposal.record)
            for proposal, seqs in zip(proposals, candidates, strict=True)
            for seq in seqs
        ]
        if not hints:
            return []
        standings = await self._keeper.standings(tenure, [place for place, _ in hints], self._times.deadline)
        return [(hint, standing) for hint, (standing, _) in zip(hints, standings, strict=True)]

    async def recall(self, proposal: Proposal) -> Kept | None:
        """What an earlier try stored, if one did. Raises UnavailableError, and InProgressError while such a try is not
        settled."""
        tenure = await self.lease.tenure()
        try:
            ready = await self.take_over(tenure, {proposal.conversation_id})
            hints = await self._hints(tenure, [proposal]) if ready else []
        except FencedError:
            self.lease.drop()
            raise UnavailableError from None
        if not ready:
            raise UnavailableError
        if any(standing != Standing.SETTLED for _, standing in hints):
            raise InProgressError
        return (await self._first_results([hint for hint, _ in hints])).get(proposal.record)

    async def _candidates(self, records: Sequence[tuple[UUID, bytes]]) -> list[list[int]]:
        return await self._rows.candidates(records)

    async def _first_results(self, hints: Sequence[Hint]) -> Outcomes:
        if not hints:
            return {}
        rows = await self._rows.read([place for place, _ in hints])
        found = zip(hints, rows, strict=True)
        return {record: Kept(seq, row, True) for ((_, seq), record), row in found if row and row.record == record}

    async def _reserve_and_store(self, tenure: Tenure, proposals: Sequence[Proposal]) -> tuple[Outcomes, list[bytes]]:
        started = self._clock.now()
        new, pending, settled = await self._reserve(tenure, proposals)
        stored = await self._write_and_settle(tenure, new, started) if new else {}
        if pending and await self._settler.settle(tenure, [place for place, _ in pending]):
            settled += pending
        known = await self._first_results(settled)
        # Last of all: by now a later epoch may be in force that knows nothing of what we did.
        outcomes = ({} if self._is_late(started) else stored) | (known if self.lease.holds(tenure) else {})
        return outcomes, [record for _, record in pending]

    def _is_late(self, started: float) -> bool:
        return self._clock.now() - started > self._times.deadline

    async def _reserve(
        self, tenure: Tenure, proposals: Sequence[Proposal]
    ) -> tuple[list[tuple[UUID, int, Row]], list[Hint], list[Hint]]:
        """New rows with their numbers; and the places of records that are known already, pending or settled."""
        by_place: dict[UUID, list[Proposal]] = defaultdict(list)
        for proposal in proposals:
            by_place[proposal.conversation_id].append(proposal)
        wanted = [(id_, [proposal.record for proposal in group]) for id_, group in by_place.items()]
        answers = await self._keeper.reserve(tenure, wanted, self._clock.time())
        new: list[tuple[UUID, int, Row]] = []
        known: dict[Standing, list[Hint]] = {Standing.PENDING: [], Standing.SETTLED: []}
        for (conversation_id, group), answer in zip(by_place.items(), answers, strict=True):
            if answer is None:
                self._ready[1].discard(conversation_id)
                continue
            for proposal, (seq, standing) in zip(group, answer.numbers, strict=True):
                if standing == Standing.NEW:
                    new.append((conversation_id, seq, proposal.make(seq, answer.at, tenure.epoch)))
                else:
                    known[standing].append(((conversation_id, seq), proposal.record))
        return new, known[Standing.PENDING], known[Standing.SETTLED]

    async def _write_and_settle(
        self, tenure: Tenure, rows: Sequence[tuple[UUID, int, Row]], started: float
    ) -> Outcomes:
        written = await self._rows.write(rows, self._timestamp(tenure))
        stored = await self._followed([row for row, done in zip(rows, written, strict=True) if done], started)
        if not stored:
            return {}
        final, heads = await self._keeper.settle(tenure, [(id_, seq, row.record) for id_, seq, row in stored])
        if not self._is_late(started):
            self._rows.note_heads(heads)
        return {row.record: Kept(seq, row, False) for (_, seq, row), done in zip(stored, final, strict=True) if done}

    async def _followed(self, stored: list[tuple[UUID, int, Row]], started: float) -> list[tuple[UUID, int, Row]]:
        """Those that may be settled: what they alter in their targets is written. What is at quorum in time is kept by
        whoever settles it, now or in a later epoch; what is late may be void, and must alter nothing."""
        with_target = [place for place in stored if place[2].target]
        if not with_target:
            return stored
        if self._may_be_void(started):
            followed = []
        else:
            done = await self._rows.follow(with_target)
            followed = [place for place, is_done in zip(with_target, done, strict=True) if is_done]
        return [place for place in stored if not place[2].target] + followed

    def _may_be_void(self, started: float) -> bool:
        return self._is_late(started)

    def _timestamp(self, tenure: Tenure) -> int:
        """Logical: a settlement of the same epoch is one above, every later epoch above both."""
        return 2 * tenure.epoch

    async def sweep(self) -> int:
        """Settle what was abandoned; how many numbers were due. Raises UnavailableError."""
        tenure = await self.lease.tenure()
        try:
            due = await self._keeper.overdue(tenure, self._times.deadline, SWEEP_MOST)
            if due:
                await self._settler.settle(tenure, due)
        except FencedError:
            self.lease.drop()
            raise UnavailableError from None
        return len(due)

    async def open(self, conversations: Sequence[UUID]) -> None:
        """Take these over, so that their heads are exact. Raises UnavailableError."""
        tenure = await self.lease.tenure()
        try:
            await self.take_over(tenure, set(conversations))
        except FencedError:
            self.lease.drop()
            raise UnavailableError from None

    async def heads(self, conversations: Sequence[UUID]) -> list[int | None]:
        """The settled head of each conversation this epoch has taken over. Raises UnavailableError."""
        tenure = await self.lease.tenure()
        try:
            heads = await self._keeper.heads(tenure, conversations)
        except FencedError:
            self.lease.drop()
            raise UnavailableError from None
        if not self.lease.holds(tenure):
            raise UnavailableError
        return heads
