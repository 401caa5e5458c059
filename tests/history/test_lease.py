"""The lease: nobody who sends waits for a reading that somebody could have made before."""

from __future__ import annotations

import asyncio

import pytest

from accounts.errors import UnavailableError
from messaging.history.sequencing.lease import Lease, Times
from messaging.history.sequencing.ledger import Ledger, LedgerKeeper
from messaging.history.sequencing.ports import Tenure
from tests.history.clock import Hands

TIMES = Times(lease=1, deadline=3, margin=0.25)


class Epochs:
    """The row of the epoch. `gate` holds up whoever reads it next; what it reads it has read before."""

    def __init__(self) -> None:
        self.tenure: Tenure | None = None
        self.read = 0
        self.fails = False
        self.gate: asyncio.Event | None = None

    async def epoch(self) -> Tenure | None:
        self.read += 1
        if self.fails:
            raise UnavailableError
        found, gate, self.gate = self.tenure, self.gate, None
        if gate:
            await gate.wait()
        return found

    async def raise_epoch(self, old: Tenure | None, new: Tenure) -> bool:
        self.tenure = new
        return True


class Leased:
    """A lease in force for the whole of its time."""

    def __init__(self) -> None:
        self.clock, self.rows = Hands(), Epochs()
        ledger = Ledger(self.clock.now)
        ledger.run_id = "a run"
        self.lease = Lease(LedgerKeeper(ledger), self.rows, self.clock, TIMES)  # type: ignore[arg-type]

    async def begin(self) -> Tenure:
        tenure = await self.lease.tenure()
        self.rows.read = 0
        return tenure


async def test_who_sends_reads_nothing_while_the_lease_is_renewed_in_good_time() -> None:
    it = Leased()
    tenure = await it.begin()
    for _ in range(50):
        it.clock.seconds += 0.1
        await it.lease.renew()
        read = it.rows.read
        assert await it.lease.tenure() == tenure
        assert it.rows.read == read
    assert 8 <= it.rows.read <= 13


async def test_who_sends_late_reads_for_himself() -> None:
    it = Leased()
    tenure = await it.begin()
    it.clock.seconds += 0.8
    assert await it.lease.tenure() == tenure
    assert it.rows.read == 1


async def test_a_renewal_that_fails_leaves_the_lease_as_long_as_it_holds_and_no_longer() -> None:
    it = Leased()
    tenure = await it.begin()
    it.rows.fails = True
    it.clock.seconds += 0.6
    await it.lease.renew()
    assert it.lease.holds(tenure)
    assert await it.lease.tenure() == tenure
    it.clock.seconds += 0.5
    assert not it.lease.holds(tenure)
    with pytest.raises(UnavailableError):
        await it.lease.tenure()


async def test_an_older_reading_does_not_outlive_a_newer_one() -> None:
    it = Leased()
    await it.begin()
    it.clock.seconds += 0.5
    gate = it.rows.gate = asyncio.Event()
    renewal = asyncio.create_task(it.lease.renew())
    await asyncio.sleep(0)
    it.clock.seconds += 0.4
    it.rows.tenure = Tenure(2, "a run")
    it.lease._keeper._ledger.install(it.rows.tenure)  # type: ignore[attr-defined]
    assert await it.lease.tenure() == it.rows.tenure
    gate.set()
    await renewal
    assert await it.lease.tenure() == it.rows.tenure


async def test_a_tenure_that_was_dropped_does_not_come_back_with_an_old_reading() -> None:
    it = Leased()
    tenure = await it.begin()
    it.clock.seconds += 0.5
    gate = it.rows.gate = asyncio.Event()
    renewal = asyncio.create_task(it.lease.renew())
    await asyncio.sleep(0)
    it.lease.drop()
    gate.set()
    await renewal
    assert not it.lease.holds(tenure)


async def test_after_the_rows_were_restored_numbering_begins_above_whatever_anybody_remembers() -> None:
    """The restored row names an epoch that the keeper has left behind: by itself it would never be in force again."""
    it = Leased()
    await it.lease._keeper.install(Tenure(5, "a run"))
    it.rows.tenure = Tenure(5, "a run")
    await it.begin()
    it.rows.tenure = Tenure(2, "a run")
    it.lease.drop()
    for _ in range(3):
        with pytest.raises(UnavailableError):
            await it.lease.tenure()
        it.clock.seconds += TIMES.silence
    assert await it.lease.replace(4) == 6
    with pytest.raises(UnavailableError):
        await it.lease.tenure()
    it.clock.seconds += TIMES.silence
    assert await it.lease.tenure() == Tenure(6, "a run")
    assert await it.lease.replace(1_800_000_000) == 1_800_000_000
