"""The C client (native/client.c) as Python sees it: sockets and rooms told once, then one run after another."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.machine import OTHER_CORE, pin
from bench.native import BUILT

AT_ONCE = 64
# What did not come within so many seconds had not come at all.
PATIENCE = 12.0

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seat:
    """How one member of a room comes in."""

    port: int
    path: str
    ticket: str = "-"
    cookie: str = "-"


@dataclass(frozen=True, slots=True)
class Room:
    name: str
    seats: list[Seat]


class Client:
    """`at_once`: handshakes under way at one time."""

    def __init__(
        self, kind: str, pids: Iterable[int], *, core: int | None = OTHER_CORE, at_once: int = AT_ONCE
    ) -> None:
        self._process = subprocess.Popen([BUILT / "client"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        pin(self._process.pid, core)
        self._sockets = 0
        self.kind = kind
        self._tell(f"kind {kind}", f"at_once {at_once}", *(f"watch {pid}" for pid in pids))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def add(self, label: str, rooms: Iterable[Room]) -> None:
        """The first of each room speaks."""
        for room in rooms:
            self.add_sockets(room.seats)
            self._tell(f"room {label} {room.name} {self._sockets - len(room.seats)} {len(room.seats)}")

    def add_sockets(self, seats: Iterable[Seat]) -> None:
        lines = [f"socket {seat.port} {seat.path} {seat.ticket} {seat.cookie}" for seat in seats]
        self._sockets += len(lines)
        self._tell(*lines)

    def open(self) -> Answer:
        answer = self._ask("open")
        if answer["opened"] != answer["of"]:
            raise RuntimeError(f"only {answer['opened']} of {answer['of']} sockets were let in")
        return answer

    def run(self, seconds: float, warm: float = 0.3, *, patience: float = PATIENCE, **modes: str) -> Answer:
        words = " ".join(f"{label}={mode}" for label, mode in modes.items())
        return self._ask(f"run {seconds} {warm} {patience} {words}")

    def ask(self, text: str) -> Answer:
        return self._ask(f"ask {text}")

    def _tell(self, *lines: str) -> None:
        assert self._process.stdin
        self._process.stdin.write("".join(line + "\n" for line in lines))
        self._process.stdin.flush()

    def _ask(self, line: str) -> Answer:
        assert self._process.stdout
        self._tell(line)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.kind}: the client ended at: {line}")
        return dict(json.loads(answer))
