"""Processes of the bench: started on a core, watched, stopped by their own pid."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.machine import started_on
from bench.native import ROOT

START_SECONDS = 60


class Process:
    def __init__(
        self,
        command: Sequence[str],
        port: int,
        log: Path,
        *,
        core: int | None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        self._log = log
        with log.open("ab") as file, started_on(core):
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=file, stderr=file
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def await_listening(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"did not start: {self._log.read_text()[-2_000:]}")
            time.sleep(0.05)  # polls a process that cannot call back

    def stop(self) -> None:
        """At once: what a server does when it ends is not measured."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
