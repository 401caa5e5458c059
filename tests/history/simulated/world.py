"""Three replicas with late and partial writes, and Redis, wiped or failed over to a lagging copy while the old one may
live on. One conversation; time is logical. What users see of it, and what they would call a bug."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from messaging.history.sequencing.lease import Lease
from messaging.history.sequencing.ledger import Ledger
from messaging.history.sequencing.ports import Row, Tenure
from messaging.history.sequencing.sequencer import Sequencer
from messaging.history.sequencing.settling import Settler
from messaging.history.sequencing.takeover import Takeovers

QUORUM = 2


class BrokenPromise(Exception):
    """What a user would call a bug."""


@dataclass
class Rules:
    """The code under test; a negative control replaces one part."""

    ledger: type[Ledger] = Ledger
    lease: type[Lease] = Lease
    settler: type[Settler] = Settler
    takeovers: type[Takeovers] = Takeovers
    sequencer: type[Sequencer] = Sequencer
    one_run_id: bool = False
    keys_with_settlements: bool = True
    freezes_often: bool = False
    with_targets: bool = False
    with_moments: bool = False
    with_renewals: bool = False


@dataclass
class Replica:
    rows: dict[int, tuple[int, Row]] = field(default_factory=dict)
    keys: dict[bytes, set[int]] = field(default_factory=dict)
    bases: dict[int, int] = field(default_factory=dict)
    head: int = 0
    annotation: tuple[int, bytes] = (0, b"")


class World:
    def __init__(self, seed: int, rules: Rules) -> None:
        self.chance = random.Random(seed)
        self.rules = rules
        self.ticks = 0
        self.replicas = [Replica() for _ in range(3)]
        self.late: list[tuple[int, float, Callable[[Replica], None], Replica]] = []
        self.epoch: Tenure | None = None
        self.redises: list[Ledger] = []
        self.down: set[int] = set()
        self.copy: tuple[int, Ledger] | None = None
        self.new_redis()
        self.acked: dict[bytes, int] = {}
        self.seen: dict[int, bytes] = {}
        self.voids = 0
        self.calm = False

    def new_redis(self, ledger: Ledger | None = None) -> None:
        ledger = ledger or self.rules.ledger(lambda: self.ticks)
        ledger.run_id = "the only" if self.rules.one_run_id else f"run {len(self.redises)}"
        self.redises.append(ledger)

    # -- the store

    def write(self, put: Callable[[Replica], None]) -> bool:
        """Some replicas now, some late, some never; whether a quorum has it now."""
        order = self.chance.sample(self.replicas, 3)
        now = 3 if self.calm else self.chance.choice([0, 1, 2, 2, 3, 3, 3])
        for replica in order[:now]:
            put(replica)
        for replica in order[now:]:
            if self.chance.random() < 0.7:
                due = self.ticks + self.chance.choice([1, 5, 30, 100, 300])
                heapq.heappush(self.late, (due, self.chance.random(), put, replica))
        return now >= QUORUM

    def deliver(self) -> None:
        """The writes that come late."""
        while self.late and self.late[0][0] <= self.ticks:
            _, _, put, replica = heapq.heappop(self.late)
            put(replica)

    def read(self, above: int, up_to: int = 10**9) -> dict[int, Row]:
        """At quorum, with repair."""
        two = self.chance.sample(self.replicas, 2)
        found = {}
        for seq in set().union(*(replica.rows for replica in two)):
            if above < seq <= up_to:
                timestamp, row = max(
                    (replica.rows[seq] for replica in two if seq in replica.rows),
                    key=lambda cell: (cell[0], cell[1].content),
                )
                for replica in two:
                    put_row(replica, seq, timestamp, row)
                found[seq] = row
        return found

    # -- what users see

    def look(self, head: int) -> None:
        rows = self.read(0, head)
        for seq in range(1, head + 1):
            if seq not in rows:
                raise BrokenPromise(f"a hole at {seq} below the head {head}")
            content = rows[seq].content
            if self.seen.setdefault(seq, content) != content:
                raise BrokenPromise(f"{seq} changed from {self.seen[seq]!r} to {content!r}")

    def ack(self, record: bytes, seq: int, row: Row) -> None:
        if row.content != record:
            raise BrokenPromise(f"{record!r} was answered with {row.content!r}")
        if self.acked.setdefault(record, seq) != seq:
            raise BrokenPromise(f"{record!r} acknowledged at {self.acked[record]} and {seq}")
        if sum(other == seq for other in self.acked.values()) > 1:
            raise BrokenPromise(f"{seq} acknowledged twice")

    def check_the_end(self) -> None:
        self.ticks += 1000
        self.deliver()
        for _ in range(3):
            rows = self.read(0)
            for record, seq in self.acked.items():
                if seq not in rows or rows[seq].content != record:
                    raise BrokenPromise(f"{record!r} acknowledged at {seq} is lost: {rows.get(seq)}")
            for seq, content in self.seen.items():
                if rows[seq].content != content:
                    raise BrokenPromise(f"{seq} was seen as {content!r} and is {rows[seq].content!r}")
        counts = max(replica.annotation for replica in self.chance.sample(self.replicas, 2))
        last = max(
            ((seq, content) for seq, content in self.seen.items() if target_of(self.rules, content)), default=(0, b"")
        )
        if counts != last:
            raise BrokenPromise(f"the target was last changed by {last} and shows {counts}")
        shown = [content for content in self.seen.values() if not content.startswith(b"void")]
        if len(shown) != len(set(shown)):
            raise BrokenPromise(f"shown twice: {sorted(shown)}")


def target_of(rules: Rules, record: bytes) -> int:
    """Some changes concern another: which one does not matter here, so they all concern the same."""
    return int(rules.with_targets and record[-1] % 3 == 0 and not record.startswith(b"void"))


def put_annotation(replica: Replica, seq: int, content: bytes) -> None:
    replica.annotation = max(replica.annotation, (seq, content))


def put_row(replica: Replica, seq: int, timestamp: int, row: Row) -> None:
    old = replica.rows.get(seq)
    if old is None or (timestamp, row.content) > (old[0], old[1].content):
        replica.rows[seq] = timestamp, row


def put_key(replica: Replica, record: bytes, seq: int) -> None:
    replica.keys.setdefault(record, set()).add(seq)
