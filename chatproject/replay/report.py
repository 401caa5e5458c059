"""What the replay shows: bars on a terminal, plain lines elsewhere, and the summary at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from chatproject.replay.check import Difference

PLAIN_SECONDS = 5.0
DIFFERENCES_SHOWN = 40


@dataclass(slots=True)
class Summary:
    accounts: int
    lines: int
    empty: int
    deliveries: int
    retries: int
    reconnects: int
    gaps_filled: int
    play_seconds: float
    seconds: float
    p50_ms: float
    p99_ms: float

    def rows(self) -> Iterator[tuple[str, str]]:
        yield "accounts", f"{self.accounts:,}"
        yield "lines", f"{self.lines:,}" + (f" ({self.empty} empty ones left out)" if self.empty else "")
        yield "deliveries", f"{self.deliveries:,}"
        yield "retries", f"{self.retries:,}"
        yield "reconnects", f"{self.reconnects:,}"
        yield "gaps filled", f"{self.gaps_filled:,}"
        yield "seconds", f"{self.seconds:.1f}, of which {self.play_seconds:.1f} playing"
        yield "sends a second", f"{self.lines / self.play_seconds:,.0f}"
        yield "deliveries a second", f"{self.deliveries / self.play_seconds:,.0f}"
        yield "send to ack", f"p50 {self.p50_ms:.0f} ms, p99 {self.p99_ms:.0f} ms"


class Report:
    """`bar` gives a function to call at every step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        if self._console.is_terminal:
            with self._progress:
                yield
        else:
            yield

    def bar(self, name: str, total: int) -> Callable[[], None]:
        if not self._console.is_terminal:
            return _PlainBar(self._console, name, total).advance
        task: TaskID = self._progress.add_task(name, total=total)
        return lambda: self._progress.advance(task)

    def finish(self, summary: Summary, found: list[Difference]) -> None:
        table = Table(show_header=False, box=None)
        for name, value in summary.rows():
            table.add_row(name, value)
        self._console.print(table)
        for difference in found[:DIFFERENCES_SHOWN]:
            self._console.print(str(difference), markup=False, highlight=False)
        if len(found) > DIFFERENCES_SHOWN:
            self._console.print(f"... and {len(found) - DIFFERENCES_SHOWN:,} more")
        self._console.print(
            f"{len(found):,} differences" if found else "Every line once, in one order, for everyone: no difference."
        )


class _PlainBar:
    """A line when it is over, and now and then before."""

    def __init__(self, console: Console, name: str, total: int) -> None:
        self._console = console
        self._name = name
        self._total = total
        self._done = 0
        self._shown = time.monotonic()

    def advance(self) -> None:
        self._done += 1
        now = time.monotonic()
        if self._done == self._total or now - self._shown > PLAIN_SECONDS:
            self._shown = now
            self._console.print(f"{self._name}: {self._done:,} of {self._total:,}", highlight=False)
