"""A worker's right to number: the epoch it has read, how long the reading holds, and how a new epoch begins.

Nothing here waits: until an epoch is in force, asking for it raises UnavailableError.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass

from accounts.errors import UnavailableError
from messaging.history.sequencing.ports import Clock, FencedError, Keeper, Rows, Tenure

# Somebody else may raise the epoch at the same moment.
REPLACE_TRIES = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. `lease`: how long a reading of the epoch holds. `deadline`: how long after a reservation its
    acknowledgement may leave. `margin`: for clocks that run at different speeds."""

    lease: float = 1.0
    deadline: float = 3.0
    margin: float = 0.25

    @property
    def renewal(self) -> float:
        """With so much of a lease left it is renewed behind what is sent."""
        return self.lease * 0.6

    @property
    def least(self) -> float:
        """With less left, whoever sends renews it first."""
        return self.lease * 0.3

    @property
    def silence(self) -> float:
        """After this nobody reserves or acknowledges in an epoch that was replaced."""
        return self.lease + self.deadline + self.margin


class Lease:
    """`last`: the tenure in force at the last reading; None when there was none, or it turned out to be over."""

    def __init__(self, keeper: Keeper, rows: Rows, clock: Clock, times: Times) -> None:
        self._keeper = keeper
        self._rows = rows
        self._clock = clock
        self._times = times
        self._tenure: Tenure | None = None
        self.last: Tenure | None = None
        self._until = 0.0
        self._coming: Tenure | None = None
        self._begins = 0.0
        self._written: Tenure | None = None
        self._settled_at = 0.0

    async def tenure(self) -> Tenure:
        """The tenure in force, read at most a lease ago."""
        if self._tenure and self._left() > self._times.least:
            return self._tenure
        self._tenure = None
        try:
            self._tenure, self._until = await self._read()
        except FencedError:
            raise UnavailableError from None
        if not self._is_fresh():
            raise UnavailableError
        self.last = self._tenure
        return self._tenure

    async def renew(self) -> None:
        """Read again in good time; meanwhile, and when that fails, the last reading holds as long as it does."""
        if not self._tenure or self._left() > self._times.renewal:
            return
        with contextlib.suppress(FencedError, UnavailableError):
            read, until = await self._read()
            # Who has dropped the tenure meanwhile, or is about to read it, knows better.
            if self._tenure and until > self._until:
                self._tenure = self.last = read
                self._until = until

    async def confirm(self, tenure: Tenure) -> None:
        """Raises UnavailableError unless this tenure is still in force."""
        if await self.tenure() != tenure:
            raise UnavailableError

    def holds(self, tenure: Tenure) -> bool:
        return tenure == self._tenure and self._is_fresh()

    async def replace(self, number: int) -> int:
        """Everybody who numbers falls silent and begins anew from the rows, in an epoch of this number or a higher one:
        the rows were restored. Raises UnavailableError."""
        run_id, held = await self._keeper.identity()
        for _ in range(REPLACE_TRIES):
            written = await self._rows.epoch()
            new = Tenure(max(number, held + 1, written.epoch + 1 if written else 1), run_id)
            if await self._rows.raise_epoch(written, new):
                self.drop()
                self._written = new
                self._expect(new, self._silence())
                return new.epoch
        raise UnavailableError

    def _is_fresh(self) -> bool:
        """Not so when the reading itself took too long."""
        return self._left() > 0

    def _left(self) -> float:
        return self._until - self._clock.now()

    def drop(self) -> None:
        """The tenure turned out not to be in force."""
        self._tenure = self.last = None

    async def _read(self) -> tuple[Tenure, float]:
        """The tenure in force, and until when the reading holds."""
        started = self._clock.now()
        written = await self._rows.epoch()
        self._notice(written)
        run_id, held = await self._keeper.identity()
        if written is None or written.run_id != run_id or (held == 0 and not self._is_coming(written)):
            written = await self._raise(written, run_id)
        if held != written.epoch:
            await self._begin(written)
        self._coming = None
        return written, started + self._times.lease

    async def _raise(self, old: Tenure | None, run_id: str) -> Tenure:
        if self._clock.now() < self._settled_at:
            raise UnavailableError
        new = Tenure(old.epoch + 1 if old else 1, run_id)
        if not await self._rows.raise_epoch(old, new):
            raise UnavailableError
        logger.warning("epoch %d begins: Redis run %s numbers from now on", new.epoch, run_id[:8])
        self._written = new
        self._expect(new, 0.0 if old is None else self._silence())
        return new

    async def _begin(self, written: Tenure) -> None:
        """Put the epoch into Redis, once the one before has fallen silent."""
        if self._coming != written:
            self._expect(written, self._silence())
        if self._clock.now() < self._begins:
            raise UnavailableError
        if await self._rows.epoch() != written:
            raise UnavailableError
        await self._keeper.install(written)
        if await self._keeper.identity() != (written.run_id, written.epoch):
            raise UnavailableError

    def _notice(self, written: Tenure | None) -> None:
        """Workers that reach different Redises must not take the epoch from each other before it can begin."""
        if self._written and written and self._written != written:
            self._settled_at = self._clock.now() + 2 * self._times.silence
            if self._coming != written:
                self._expect(written, self._silence())
        self._written = written

    def _is_coming(self, written: Tenure) -> bool:
        """Whether this epoch has yet to begin, for all we know. Else a Redis without an epoch has lost it, and what it
        had numbered: under the same run after FLUSHALL, for instance."""
        return self._coming == written

    def _silence(self) -> float:
        return self._times.silence

    def _expect(self, tenure: Tenure, wait: float) -> None:
        self._coming, self._begins = tenure, self._clock.now() + wait
