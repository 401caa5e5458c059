"""Each rule of the numbering switched off, by replacing the part of the product's code that keeps it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence

from messaging.history.sequencing.lease import Lease
from messaging.history.sequencing.ledger import Ledger, _Conversation, _Pending
from messaging.history.sequencing.ports import Moment, Place, Plan, Row, Tenure
from messaging.history.sequencing.sequencer import Sequencer
from messaging.history.sequencing.settling import Settler
from messaging.history.sequencing.takeover import Takeovers
from tests.history.simulated import Rules


class ImpatientLease(Lease):
    def _silence(self) -> float:
        return 0


class TrustingLease(Lease):
    def _is_coming(self, written: Tenure) -> bool:
        return True


class EndlessLease(Lease):
    def _is_fresh(self) -> bool:
        return True


class LazyLease(Lease):
    async def renew(self) -> None:
        if self._tenure:
            self._until = self._clock.now() + self._times.lease


class ClockedSequencer(Sequencer):
    def _timestamp(self, tenure: Tenure) -> int:
        return random.Random(self._clock.time()).randint(1, 50)


class LastPlanWins(Ledger):
    def plan(self, tenure: Tenure, plans: dict[uuid.UUID, Plan]) -> None:
        self._fence(tenure)
        self.forget(list(plans))
        super().plan(tenure, plans)


class LastVerdictWins(Ledger):
    def _judge(self, kept: _Conversation | None, seq: int, row: Row) -> Row | None:
        if kept and seq in kept.pending and not kept.pending[seq].is_planned:
            kept.pending[seq].verdict = None
        return super()._judge(kept, seq, row)


class VerdictsIgnored(Ledger):
    def _may_settle(self, pending: _Pending) -> bool:
        return True


class GapsAreHead(Ledger):
    def _settled_up_to(self, kept: _Conversation) -> int:
        return kept.next


class AnyRowIsOwn(Settler):
    def _is_own(self, tenure: Tenure, row: Row) -> bool:
        return True


class KeepsWithoutRewriting(Settler):
    async def _write(self, tenure: Tenure, verdicts: dict[Place, Row]) -> list[Place]:
        voids = {place: row for place, row in verdicts.items() if row.is_void}
        return [*(await super()._write(tenure, voids)), *(verdicts.keys() - voids.keys())]


class NoLeftovers(Takeovers):
    def _is_leftover(self, seq: int, row: Row, bases: dict[int, int]) -> bool:
        return False


class NoBases(Takeovers):
    async def _store_bases(self, tenure: Tenure, bases: dict[uuid.UUID, int]) -> bool:
        return True


class ForgetfulSequencer(Sequencer):
    async def _candidates(self, records: Sequence[tuple[uuid.UUID, bytes]]) -> list[list[int]]:
        return [[] for _ in records]


class AnyMomentIsYoung(Sequencer):
    def _is_of(self, tenure: Tenure, moment: Moment) -> bool:
        return True


class NeverLate(Sequencer):
    def _is_late(self, started: float) -> bool:
        return False


class AltersWhenLate(Sequencer):
    def _may_be_void(self, started: float) -> bool:
        return False


class SettlesWithoutFollowing(Settler):
    async def _follow(self, written: list[Place], verdicts: dict[Place, Row]) -> list[Place]:
        return written


class UnfencedLedger(Ledger):
    """Neither the run nor the epoch is looked at when numbers are handed out."""

    def _fence(self, tenure: Tenure) -> None:
        pass


CONTROLS: dict[str, Rules] = {
    "a new epoch begins without waiting": Rules(lease=ImpatientLease),
    "an epoch that was lost begins again": Rules(lease=TrustingLease),
    "a lease is renewed unread": Rules(lease=LazyLease, with_renewals=True),
    "every Redis looks like the same run": Rules(one_run_id=True),
    "changes are written under the time of a clock": Rules(sequencer=ClockedSequencer),
    "the last plan wins": Rules(ledger=LastPlanWins),
    "the last verdict wins": Rules(ledger=LastVerdictWins),
    "a writer settles what has a verdict": Rules(ledger=VerdictsIgnored),
    "the head passes over pending numbers": Rules(ledger=GapsAreHead),
    "a row of another epoch is kept": Rules(settler=AnyRowIsOwn, freezes_often=True),
    "what is kept is not written again": Rules(settler=KeepsWithoutRewriting),
    "leftovers are kept": Rules(takeovers=NoLeftovers),
    "bases are not stored": Rules(takeovers=NoBases),
    "a record is not looked for in the rows": Rules(sequencer=ForgetfulSequencer),
    "a record older than the epoch is not looked for in the rows": Rules(sequencer=AnyMomentIsYoung, with_moments=True),
    "a kept row's record is not written with it": Rules(keys_with_settlements=False),
    "an acknowledgement may leave at any time": Rules(sequencer=NeverLate, lease=EndlessLease, freezes_often=True),
    "the deadline alone": Rules(sequencer=NeverLate, freezes_often=True),
    "a change that may be void alters its target": Rules(
        sequencer=AltersWhenLate, freezes_often=True, with_targets=True
    ),
    "who settles a change leaves its target as it was": Rules(settler=SettlesWithoutFollowing, with_targets=True),
    "the fence is open": Rules(ledger=UnfencedLedger),
}
