"""Three Cassandra nodes on the loopback; deploy/cassandra.sh knows how."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tiers.process import ROOT, TierError

NODES = 3
SCRIPT = ROOT / "deploy" / "cassandra.sh"


class Cassandra:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._network = os.environ.get("CASSANDRA_NETWORK", "127.0.0")

    @property
    def url(self) -> str:
        hosts = ",".join(f"{self._network}.{number}" for number in range(2, NODES + 2))
        return f"cassandra://{hosts}:9042/parley?dc=datacenter1"

    def start(self) -> None:
        # The nodes go into a session of their own: Ctrl-C in this terminal is not for them.
        command = ["sh", str(SCRIPT), "start", str(self._folder), str(NODES)]
        if subprocess.run(command, start_new_session=True, check=False).returncode:
            raise TierError("Cassandra did not start.")

    def stop(self) -> None:
        if self._folder.exists():
            subprocess.run(["sh", str(SCRIPT), "stop", str(self._folder)], check=False)

    def status(self) -> tuple[bool, list[str]]:
        """Whether all nodes run, and a line for each."""
        command = ["sh", str(SCRIPT), "status", str(self._folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return not done.returncode, [f"cassandra {line}" for line in done.stdout.splitlines()]
