"""The keeper's steps over plain dictionaries: what the scripts in scripts.py do, in Python.

Numbers a single worker's changes when there is no Redis; and the model of the numbering runs on it. A test holds the
two to the same answers. `run_id` is this ledger's life: whoever forgets, forgets it all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from messaging.history.sequencing.ports import (
    FencedError,
    Place,
    Plan,
    Reserved,
    Row,
    Standing,
    Takeover,
    Tenure,
)


@dataclass(slots=True)
class _Pending:
    record: bytes
    since: float
    is_planned: bool = False
    verdict: Row | None = None


@dataclass(slots=True)
class _Conversation:
    next: int
    head: int
    base: int
    at: int
    is_open: bool = False
    pending: dict[int, _Pending] = field(default_factory=dict)
    records: dict[bytes, int] = field(default_factory=dict)


class Ledger:
    def __init__(self, now: Callable[[], float]) -> None:
        self.run_id = uuid.uuid4().hex
        self.epoch = 0
        self._now = now
        self._conversations: dict[UUID, _Conversation] = {}

    def identity(self) -> tuple[str, int]:
        return self.run_id, self.epoch

    def install(self, tenure: Tenure) -> None:
        if tenure.run_id != self.run_id:
            raise FencedError
        if self.epoch < tenure.epoch:
            self.epoch = tenure.epoch
            self._conversations.clear()

    def takeovers(self, tenure: Tenure, conversations: Sequence[UUID]) -> list[Takeover | None]:
        self._fence(tenure)
        return [self._takeover(self._conversations.get(conversation_id)) for conversation_id in conversations]

    def _takeover(self, kept: _Conversation | None) -> Takeover | None:
        if kept is None:
            return None
        return Takeover(
            kept.base, kept.is_open, tuple(sorted(seq for seq, pending in kept.pending.items() if pending.is_planned))
        )

    def plan(self, tenure: Tenure, plans: dict[UUID, Plan]) -> None:
        self._fence(tenure)
        for conversation_id, plan in plans.items():
            if conversation_id not in self._conversations:
                pending = {seq: _Pending(b"", 0.0, True, row) for seq, row in plan.verdicts.items()}
                self._conversations[conversation_id] = _Conversation(
                    plan.base, plan.head, plan.base, plan.at, pending=pending
                )

    def open(self, tenure: Tenure, bases: dict[UUID, int]) -> None:
        self._fence(tenure)
        for conversation_id, base in bases.items():
            kept = self._conversations.get(conversation_id)
            if kept and kept.base == base:
                kept.is_open = True

    def reserve(self, tenure: Tenure, wanted: Sequence[tuple[UUID, Sequence[bytes]]], at: int) -> list[Reserved | None]:
        self._fence(tenure)
        return [self._reserve(self._conversations.get(id_), records, at) for id_, records in wanted]

    def _reserve(self, kept: _Conversation | None, records: Sequence[bytes], at: int) -> Reserved | None:
        if kept is None or not kept.is_open:
            return None
        kept.at = max(kept.at, at)
        return Reserved(kept.at, [self._number(kept, record) for record in records])

    def _number(self, kept: _Conversation, record: bytes) -> tuple[int, Standing]:
        if seq := kept.records.get(record):
            return seq, Standing.PENDING if seq in kept.pending else Standing.SETTLED
        kept.next += 1
        kept.records[record] = kept.next
        kept.pending[kept.next] = _Pending(record, self._now())
        return kept.next, Standing.NEW

    def settle(self, tenure: Tenure, stored: Sequence[tuple[UUID, int, bytes]]) -> tuple[list[bool], dict[UUID, int]]:
        self._fence(tenure)
        done = [self._settle(self._conversations.get(id_), seq, record) for id_, seq, record in stored]
        return done, self._advance({id_ for id_, _, _ in stored})

    def _settle(self, kept: _Conversation | None, seq: int, record: bytes) -> bool:
        if kept is None:
            return False
        pending = kept.pending.get(seq)
        if pending is None:
            return kept.records.get(record) == seq
        if not self._may_settle(pending):
            return False
        del kept.pending[seq]
        return True

    def _may_settle(self, pending: _Pending) -> bool:
        return pending.verdict is None

    def standings(self, tenure: Tenure, places: Sequence[Place], patience: float) -> list[tuple[Standing, Row | None]]:
        self._fence(tenure)
        return [self._standing(self._conversations.get(id_), seq, patience) for id_, seq in places]

    def _standing(self, kept: _Conversation | None, seq: int, patience: float) -> tuple[Standing, Row | None]:
        if kept is None or seq > kept.next:
            return Standing.BEYOND, None
        pending = kept.pending.get(seq)
        if pending is None:
            return Standing.SETTLED, None
        ripe = pending.is_planned or self._now() - pending.since >= patience
        return Standing.RIPE if ripe else Standing.PENDING, pending.verdict

    def judge(self, tenure: Tenure, verdicts: Sequence[tuple[UUID, int, Row]]) -> list[Row | None]:
        self._fence(tenure)
        return [self._judge(self._conversations.get(id_), seq, row) for id_, seq, row in verdicts]

    def _judge(self, kept: _Conversation | None, seq: int, row: Row) -> Row | None:
        pending = kept.pending.get(seq) if kept else None
        if pending is None:
            return None
        pending.verdict = pending.verdict or row
        return pending.verdict

    def close(self, tenure: Tenure, places: Sequence[Place]) -> dict[UUID, int]:
        self._fence(tenure)
        for conversation_id, seq in places:
            kept = self._conversations.get(conversation_id)
            pending = kept.pending.get(seq) if kept else None
            if not kept or not pending or not pending.verdict:
                continue
            del kept.pending[seq]
            if pending.verdict.is_void and kept.records.get(pending.record) == seq:
                del kept.records[pending.record]
        return self._advance({conversation_id for conversation_id, _ in places})

    def _advance(self, conversations: set[UUID]) -> dict[UUID, int]:
        """The head goes on over numbers that are all settled."""
        heads = {}
        for conversation_id in conversations & self._conversations.keys():
            kept = self._conversations[conversation_id]
            kept.head = max(kept.head, self._settled_up_to(kept))
            heads[conversation_id] = kept.head
        return heads

    def _settled_up_to(self, kept: _Conversation) -> int:
        return min(kept.pending) - 1 if kept.pending else kept.next

    def overdue(self, tenure: Tenure, patience: float, most: int) -> list[Place]:
        self._fence(tenure)
        due = [
            (pending.since, str(id_), seq)
            for id_, kept in self._conversations.items()
            for seq, pending in kept.pending.items()
            if pending.is_planned or self._now() - pending.since >= patience
        ]
        return [(UUID(id_), seq) for _, id_, seq in sorted(due)[:most]]

    def heads(self, tenure: Tenure, conversations: Sequence[UUID]) -> list[int | None]:
        self._fence(tenure)
        return [kept.head if (kept := self._conversations.get(id_)) else None for id_ in conversations]

    def forget(self, conversations: Sequence[UUID]) -> None:
        for conversation_id in conversations:
            self._conversations.pop(conversation_id, None)

    def _fence(self, tenure: Tenure) -> None:
        if (self.run_id, self.epoch) != (tenure.run_id, tenure.epoch):
            raise FencedError


class LedgerKeeper:
    """See messaging.history.sequencing.ports.Keeper: the ledger, within this process."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def identity(self) -> tuple[str, int]:
        return self._ledger.identity()

    async def install(self, tenure: Tenure) -> None:
        self._ledger.install(tenure)

    async def takeovers(self, tenure: Tenure, conversations: Sequence[UUID]) -> list[Takeover | None]:
        return self._ledger.takeovers(tenure, conversations)

    async def plan(self, tenure: Tenure, plans: dict[UUID, Plan]) -> None:
        self._ledger.plan(tenure, plans)

    async def open(self, tenure: Tenure, bases: dict[UUID, int]) -> None:
        self._ledger.open(tenure, bases)

    async def reserve(
        self, tenure: Tenure, wanted: Sequence[tuple[UUID, Sequence[bytes]]], at: int
    ) -> list[Reserved | None]:
        return self._ledger.reserve(tenure, wanted, at)

    async def settle(
        self, tenure: Tenure, stored: Sequence[tuple[UUID, int, bytes]]
    ) -> tuple[list[bool], dict[UUID, int]]:
        return self._ledger.settle(tenure, stored)

    async def standings(
        self, tenure: Tenure, places: Sequence[Place], patience: float
    ) -> list[tuple[Standing, Row | None]]:
        return self._ledger.standings(tenure, places, patience)

    async def judge(self, tenure: Tenure, verdicts: Sequence[tuple[UUID, int, Row]]) -> list[Row | None]:
        return self._ledger.judge(tenure, verdicts)

    async def close(self, tenure: Tenure, places: Sequence[Place]) -> dict[UUID, int]:
        return self._ledger.close(tenure, places)

    async def overdue(self, tenure: Tenure, patience: float, most: int) -> list[Place]:
        return self._ledger.overdue(tenure, patience, most)

    async def heads(self, tenure: Tenure, conversations: Sequence[UUID]) -> list[int | None]:
        return self._ledger.heads(tenure, conversations)

    async def forget(self, conversations: Sequence[UUID]) -> None:
        self._ledger.forget(conversations)

    async def rest(self) -> None:
        """Nothing to let go of."""
