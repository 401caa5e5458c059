"""A process that outlives the command that started it: known by its pid file, stopped by its own pid and no other's."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.1
STOP_SECONDS = 30.0
ORPHAN_SECONDS = 2.0


class TierError(Exception):
    """What is wrong, in words for who runs the command."""


@dataclass
class Process:
    """`folder` holds its pid, its log and whatever it keeps. `port`: 0 when it listens on none. `ask` says why it is
    not ready, or nothing."""

    name: str
    folder: Path
    port: int
    command: Sequence[str]
    ask: Callable[[], str]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pid"

    def pid(self) -> int | None:
        """The running process's; None once it ended, even if its number was given to another meanwhile."""
        pid, born = self._kept()
        return pid if pid and _born(pid) == born else None

    def why_not_ready(self) -> str:
        return self.ask() if self.pid() else "not running"

    def launch(self) -> bool:
        """Start it unless it runs; whether it had to be. Does not wait."""
        if self.pid():
            return False
        self._end_orphans()
        if is_taken(self.port):
            raise TierError(f"{self.name} cannot have port {self.port}: something else listens there.")
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command,
                cwd="/" if self.user else ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **as_user(self.user),
            )
        self._pid_file.write_text(f"{process.pid} {_born(process.pid)}")
        return True

    def await_ready(self, seconds: float) -> None:
        """Raises TierError with the end of its log when it ends instead, or is not ready in time."""
        deadline = time.monotonic() + seconds
        while why := self.why_not_ready():
            if not self.pid() or time.monotonic() > deadline:
                raise TierError(f"{self.name} did not become ready ({why}). {self.log} ends:\n{self._last_words()}")
            time.sleep(POLL_SECONDS)

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Ask it to end, make it end if it does not; whether it ran."""
        pid = self.pid()
        if pid is None:
            self._end_orphans()
            return False
        _send(pid, self.stop_signal)
        deadline = time.monotonic() + seconds
        while self.pid():
            if time.monotonic() > deadline:
                # It leads a session of its own, so this is what it started and nothing else.
                os.killpg(pid, signal.SIGKILL)
            time.sleep(POLL_SECONDS)
        self._pid_file.unlink(missing_ok=True)
        return True

    def _kept(self) -> tuple[int, str]:
        try:
            pid, born = self._pid_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return 0, ""
        return int(pid), born

    def _end_orphans(self) -> None:
        """What a killed parent left behind, as nginx does. While such live, the parent's number goes to nobody else."""
        pid, _ = self._kept()
        deadline = time.monotonic() + ORPHAN_SECONDS
        with contextlib.suppress(ProcessLookupError):
            while pid and _born(pid) is None and time.monotonic() < deadline:
                os.killpg(pid, signal.SIGKILL)
                time.sleep(POLL_SECONDS)

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def _send(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, what)
        os.kill(pid, signal.SIGCONT)  # a frozen one would not hear


def _born(pid: int) -> str | None:
    """When a living process began, in the kernel's ticks; None for one that is gone or waits to be buried."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def as_user(user: str | None) -> dict[str, Any]:
    """What subprocess takes to run as another user."""
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
