"""A whole cluster in a folder of its own, by the command people use. Messages in PostgreSQL, or in Cassandra with
CLUSTER_HISTORY=cassandra."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.live import ROOT, LiveServer
from tests.live_process import free_port
from tests.outliving import end_with_us_by

DEADLINE_SECONDS = 60.0
COMMAND_SECONDS = 600.0
LINE = re.compile(r"^(?P<name>\w+) +port (?P<port>\d+|-) +pid (?P<pid>\d+|-) +(?P<state>.*)$")


class Cluster:
    def __init__(self, folder: Path, port: int, **environment: str) -> None:
        self.folder = folder
        self._environment = environment
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        # None of the usual ones: somebody's own cluster may be about to take them.
        ports = {name: free_port() for name in ("postgres", "redis", "worker1", "worker2", "worker3")}
        (folder / "ports.json").write_text(json.dumps(ports))
        (folder / "history").write_text(os.environ.get("CLUSTER_HISTORY", "postgres"))

        end_with_us_by(self._words("stop"), folder)

    def _words(self, command: str) -> list[str]:
        return [sys.executable, "deploy/cluster.py", command, "--folder", str(self.folder), "--port", str(self.port)]

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        words = self._words(command)
        # As somebody calls it who is no test.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PARLEY"))}
        environment |= self._environment
        # To a file: a pipe would stay open for as long as what the command started.
        with (self.folder / f"{command}.out").open("w+") as out:
            done = subprocess.run(
                words, cwd=ROOT, env=environment, stdout=out, stderr=out, timeout=COMMAND_SECONDS, check=False
            )
            out.seek(0)
            return subprocess.CompletedProcess(words, done.returncode, out.read())

    def must(self, command: str) -> str:
        done = self.run(command)
        assert done.returncode == 0, done.stdout
        return str(done.stdout)

    def states(self) -> dict[str, str]:
        return {name: match["state"] for name, match in self._lines().items()}

    def pids(self) -> dict[str, int]:
        return {name: int(match["pid"]) for name, match in self._lines().items() if match["pid"] != "-"}

    def worker_ports(self) -> dict[str, int]:
        ports = json.loads((self.folder / "ports.json").read_text())
        return {name: port for name, port in ports.items() if name.startswith("worker")}

    def send(self, name: str, what: signal.Signals) -> None:
        os.kill(self.pids()[name], what)

    def ready(self, worker: str) -> tuple[int, dict[str, object]]:
        answer = httpx.get(f"http://127.0.0.1:{self.worker_ports()[worker]}/readyz", timeout=10)
        return answer.status_code, answer.json()

    def sockets(self) -> dict[str, int]:
        """How many connections each worker holds, as the kernel sees it."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        local = [int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "01"]
        return {name: local.count(port) for name, port in self.worker_ports().items()}

    def worker(self, name: str) -> LiveServer:
        """One worker, past nginx."""
        server = LiveServer(self.folder)
        server.port = self.worker_ports()[name]
        return server

    def live_sockets(self) -> dict[str, int]:
        """How many signed-in sockets each worker holds, as it says itself."""
        headers = {"Authorization": f"Bearer {(self.folder / 'parley' / 'metrics_token').read_text()}"}
        pages = {
            name: httpx.get(f"http://127.0.0.1:{port}/metrics", headers=headers).text
            for name, port in self.worker_ports().items()
        }
        return {name: int(float(re.search(r"^parley_sockets (\S+)", page, re.M)[1])) for name, page in pages.items()}  # type: ignore[index]

    def worker_logs(self) -> list[str]:
        logs = [self.folder / name / "log" for name in self.worker_ports()]
        return [line for log in logs for line in log.read_text(errors="replace").splitlines()]

    def _lines(self) -> dict[str, re.Match[str]]:
        lines = self.run("status").stdout.splitlines()
        return {match["name"]: match for line in lines if (match := LINE.match(line))}


class ClusterServer(LiveServer):
    """A cluster where a test expects one server. Started and stopped by the cluster's own command."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster.folder)
        self.port = cluster.port
        self._cluster = cluster

    def manage(self, *arguments: str) -> str:
        """On the stores that a worker's environment names."""
        environment = Path(f"/proc/{self._cluster.pids()['worker1']}/environ").read_text()
        self._environment |= dict(line.split("=", 1) for line in environment.split("\0") if line)
        return super().manage(*arguments)

    def troubles(self) -> list[str]:
        return [line for line in self._cluster.worker_logs() if "Traceback" in line or "Error" in line]


def until(is_it: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_it():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)  # polls processes that cannot call back
