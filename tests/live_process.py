"""A server that tests start: on a port of the loopback, ended by its own process id, at the latest with the tests."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.outliving import end_with_us

# Three seconds on a calm machine; what runs beside it is no failure.
UP_SECONDS = 60.0
END_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LiveProcess:
    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def launch(self, command: Sequence[str | Path], **about: Any) -> None:
        """Returns when it takes connections. `about`: for subprocess."""
        self._process = subprocess.Popen(command, **about)
        try:
            end_with_us(self._process.pid)
            self._wait_up(self._process)
        except BaseException:
            self.kill()
            raise

    def last_words(self) -> str:
        """What it says of why it ended."""
        return "the server ended"

    def _wait_up(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + UP_SECONDS
        while not self._answers():
            assert process.poll() is None, self.last_words()
            assert time.monotonic() < deadline, "the server did not come up"
            time.sleep(0.05)  # polls a process that cannot call back

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """SIGKILL: nothing is said and nothing is written any more."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: the polite end."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def send(self, what: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(what)

    def _end(self, how: signal.Signals) -> None:
        self.send(how)
        if self._process:
            self._process.wait(END_SECONDS)
