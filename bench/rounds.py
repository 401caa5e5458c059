"""One round: everyone started on one core with the same rooms, and L looked at before and after each figure."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.client import Answer, Client, Room
from bench.contenders import Parley, Plain, Tutorial
from bench.machine import SERVER_CORE
from bench.processes import Process
from bench.tinode import Tinode, TinodeStore

MOVED_MOST = 0.15
PROBE_SECONDS = 0.8
# Where it is not accepting that is measured: Daphne refuses whoever is not accepted within five seconds.
AT_ONCE = 16

Figures = dict[str, float]


class Contender(Protocol):
    kind: str
    process: Process

    def rooms(self, case: str) -> list[Room]: ...

    def stop(self) -> None: ...


class Look:
    """An L of its own, in a room of 500 for a moment: what a delivery costs this machine now, in microseconds."""

    def __init__(self, folder: Path) -> None:
        self._loop = loop = Plain("L", folder)
        self._client = Client(loop.kind, [loop.process.pid])
        self._client.add("fan", loop.rooms("fan"))
        self._client.open()

    def cost(self) -> float:
        return per_delivery(self._client.run(PROBE_SECONDS, 0.1, fan="closed:4"), "fan")

    def close(self) -> None:
        self._client.__exit__()
        self._loop.stop()


@dataclass
class Spare:
    """What a run may still spend on measuring again."""

    seconds: float


class Round:
    """`filled`: the data folder of a Parley with all the cases in it."""

    def __init__(
        self,
        number: int,
        folder: Path,
        filled: Path,
        population: Mapping[str, Any],
        redis_port: int,
        tinode: TinodeStore,
        spare: Spare,
    ) -> None:
        self.number = number
        self.folder, self.population, self.redis_port = folder, population, redis_port
        self._filled = filled
        self._tinode = tinode
        self._spare = spare
        self.look = Look(folder)
        self._cost_just_now: float | None = None
        self.unsteady: list[str] = []

    def parley(self, *options: str, **environment: str) -> Parley:
        """A worker on a copy of the filled folder. That it is on the disk is no task of the worker's first commits."""
        data = self.folder / f"parley{time.monotonic_ns()}"
        shutil.copytree(self._filled, data)
        os.sync()
        return Parley(self.folder, self.population, {"PARLEY_DATA": str(data), **environment}, *options)

    def tutorial(self, **options: Any) -> Tutorial:
        return Tutorial(self.folder, self.redis_port, **options)

    def tinode(self, *, core: int | None = SERVER_CORE) -> Tinode:
        return Tinode(self.folder, self._tinode, core=core)

    def measure(self, name: str, row: Callable[[Round], Figures], *, steadily: bool) -> Figures:
        """`steadily`: again when L moved meanwhile, while the run has time to spare; else nothing."""
        if not steadily:
            self._cost_just_now = None
            return row(self)
        while True:
            began, before = time.monotonic(), self._cost_just_now or self.look.cost()
            self._cost_just_now = None
            figures = row(self)
            after = self._cost_just_now = self.look.cost()
            moved = abs(after / before - 1)
            if moved <= MOVED_MOST:
                return {**figures, f"{name} L": (before + after) / 2}
            print(f"  {name}: L moved by {moved:.0%}", flush=True)
            took = time.monotonic() - began
            if took > self._spare.seconds:
                self.unsteady.append(name)
                return {}
            self._spare.seconds -= took

    def close(self) -> None:
        self.look.close()


@contextlib.contextmanager
def seated(contender: Contender, *cases: str, core: int | None = 1) -> Iterator[Client]:
    """A client with open sockets in all rooms of the cases; their labels are `a`, `b`, ..."""
    with Client(contender.kind, [contender.process.pid], core=core, at_once=AT_ONCE) as client:
        for label, case in zip("abcd", cases, strict=False):
            client.add(label, contender.rooms(case))
        client.open()
        yield client


@contextlib.contextmanager
def ending(contender: Any) -> Iterator[Any]:
    """Stopped whatever happens."""
    try:
        yield contender
    finally:
        contender.stop()


# --- what an answer comes to


def of(answer: Answer, label: str = "a") -> dict[str, Any]:
    return dict(answer["classes"][label])


def per_delivery(answer: Answer, label: str = "a") -> float:
    """Microseconds of the servers' CPU time."""
    return 1e6 * sum(answer["cpu"]) / max(1, of(answer, label)["delivered"])


def per_message(answer: Answer, label: str = "a") -> float:
    return 1e6 * sum(answer["cpu"]) / max(1, of(answer, label)["acked"])


def rate(answer: Answer, what: str, label: str = "a") -> float:
    return float(of(answer, label)[what] / answer["seconds"])


def amiss(answer: Answer, label: str = "a") -> int:
    """Messages that some member lacks, got twice or in disorder, or that were refused."""
    found = of(answer, label)
    return int(found["lost"] + found["doubled"] + found["refused"])
