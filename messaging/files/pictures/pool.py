"""Who may decode when: a few processes, one picture of a person at a time, those first who used least of late.

What hostile pictures cost falls on who sends them: whoever kept decoders busy for long waits behind everybody else, and
never gets the last free one. That one works on each picture for a moment only, so it is soon free again whoever came
first: what takes longer waits for another. Processes start at first use and end when nothing comes for a minute.
"""

from __future__ import annotations

import functools
import itertools
import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import IO

from django.conf import settings

from accounts.errors import UnavailableError

from .decoder import Decoder, DecoderEndedError
from .outcome import Outcome

WAIT_SECONDS = 3.0
# Longer than a picture may compute (process.CPU_SECONDS): reached by a machine that is too busy.
PICTURE_SECONDS = 6.5
# Of the last free process.
MOMENT_SECONDS = 2.0
# What is begun when the server stops has so long to end.
STOP_SECONDS = 2.0
MAX_WAITING_PER_PERSON = 4
# Whoever used more than this of late leaves the last process to others; half of it is forgotten in the half-life.
RESERVED_FROM_SECONDS = 2.0
HALF_LIFE_SECONDS = 30.0
MAX_KNOWN_PEOPLE = 10_000

logger = logging.getLogger(__name__)


class _NotInAMomentError(Exception):
    """The last free process was not enough."""


@dataclass(slots=True, eq=False)
class _Turn:
    person: Hashable
    number: int
    needs_long: bool = False
    is_granted: bool = False
    is_short: bool = False
    is_over: threading.Event = field(default_factory=threading.Event)


@functools.cache
def picture_pool() -> PicturePool:
    """That of this worker."""
    return PicturePool(settings.PICTURE_PROCESSES)


class PicturePool:
    """Thread-safe; `remake` blocks the thread of the request."""

    def __init__(self, processes: int, start: Callable[[], Decoder] = Decoder) -> None:
        self._processes = processes
        self._start = start
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: list[_Turn] = []
        self._running: dict[_Turn, Decoder | None] = {}
        self._idle: list[Decoder] = []
        self._used: dict[Hashable, tuple[float, float]] = {}
        self._is_closed = False

    def remake(self, person: Hashable, content: IO[bytes], size: int) -> Outcome:
        """Raises UnavailableError when it is not this person's turn in time, or the machine is too busy."""
        try:
            return self._in_turn(person, content, size)
        except _NotInAMomentError:
            return self._in_turn(person, content, size, needs_long=True)

    def _in_turn(self, person: Hashable, content: IO[bytes], size: int, *, needs_long: bool = False) -> Outcome:
        turn = self._wait_for_turn(person, needs_long=needs_long)
        begun = time.monotonic()
        try:
            return self._remake(turn, content, size)
        finally:
            self._release(turn, time.monotonic() - begun)

    def close(self) -> None:
        """The server stops: who waits is refused, what is begun has a moment to end."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
            for turn in self._waiting:
                turn.is_over.set()
            self._waiting.clear()
        for decoder in idle:
            decoder.end()
        killer = threading.Timer(STOP_SECONDS, self._end_running)
        killer.daemon = True
        killer.start()

    # --- turns

    def _wait_for_turn(self, person: Hashable, *, needs_long: bool) -> _Turn:
        turn = _Turn(person, next(self._numbers), needs_long)
        with self._lock:
            if self._is_closed or sum(one.person == person for one in self._waiting) >= MAX_WAITING_PER_PERSON:
                raise UnavailableError
            self._waiting.append(turn)
            self._grant()
        turn.is_over.wait(WAIT_SECONDS)
        with self._lock:
            if turn.is_granted:
                return turn
            if turn in self._waiting:
                self._waiting.remove(turn)
        raise UnavailableError

    def _grant(self) -> None:
        """Locked."""
        while (free := self._processes - len(self._running)) > 0:
            is_last = free == 1 and self._processes > 1
            able = [turn for turn in self._waiting if self._may_go(turn, is_last=is_last)]
            if not able:
                return
            turn = min(able, key=lambda one: (self._used_by(one.person), one.number))
            self._waiting.remove(turn)
            self._running[turn] = None
            turn.is_granted, turn.is_short = True, is_last
            turn.is_over.set()

    def _may_go(self, turn: _Turn, *, is_last: bool) -> bool:
        if any(turn.person == running.person for running in self._running):
            return False
        return not is_last or not (turn.needs_long or self._used_by(turn.person) > RESERVED_FROM_SECONDS)

    def _release(self, turn: _Turn, seconds: float) -> None:
        with self._lock:
            decoder = self._running.pop(turn)
            if decoder and not self._is_closed:
                self._idle.append(decoder)
                decoder = None
            if len(self._used) > MAX_KNOWN_PEOPLE:
                self._used.clear()
            self._used[turn.person] = (self._used_by(turn.person) + seconds, time.monotonic())
            self._grant()
        if decoder:
            decoder.end()

    def _used_by(self, person: Hashable) -> float:
        used, at = self._used.get(person, (0.0, 0.0))
        return used * 0.5 ** ((time.monotonic() - at) / HALF_LIFE_SECONDS) if used else 0.0

    # --- processes

    def _remake(self, turn: _Turn, content: IO[bytes], size: int) -> Outcome:
        while True:
            decoder = self._decoder_for(turn)
            content.seek(0)
            try:
                return decoder.remake(content, size, MOMENT_SECONDS if turn.is_short else PICTURE_SECONDS)
            except DecoderEndedError as error:
                with self._lock:
                    self._running[turn] = None
                    is_closed = self._is_closed
                if error.is_late and turn.is_short and not is_closed:
                    raise _NotInAMomentError from None
                if error.is_late or is_closed:
                    raise UnavailableError from None
                if not error.is_idle:
                    return Outcome(reason="too_complex")

    def _decoder_for(self, turn: _Turn) -> Decoder:
        with self._lock:
            decoder = self._idle.pop() if self._idle else None
        try:
            decoder = decoder or self._start()
        except (DecoderEndedError, OSError):
            logger.exception("no process for pictures could be started")
            raise UnavailableError from None
        with self._lock:
            self._running[turn] = decoder
            if not self._is_closed:
                return decoder
            self._running[turn] = None
        decoder.end()
        raise UnavailableError

    def _end_running(self) -> None:
        with self._lock:
            running = [decoder for decoder in self._running.values() if decoder]
        for decoder in running:
            decoder.kill()
