"""A real Redis for tests: on a free port of the loopback, in a folder of its own, without persistence."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.live_process import LiveProcess


class LiveRedis(LiveProcess):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]
        self.launch([*command, "--daemonize", "no"], stdout=subprocess.DEVNULL)
