"""The cluster under test: the parts that `make cluster` starts, in a folder of its own, acted upon by pid only."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from cluster import WORKERS, Cluster
from tiers.process import Process

from tests.faults.checks.presence import BEAT_SECONDS
from tests.faults.proxy import Proxy
from tests.live import ROOT
from tests.live_process import free_port
from tests.outliving import end_with_us_by

# One person here says as much as a hundred elsewhere.
SETTINGS = {
    "PARLEY_SEND_BURST": "100000",
    "PARLEY_SEND_PER_SECOND": "100000",
    "PARLEY_TEXT_PER_DAY": "100000000000",
    "PARLEY_LIMIT_API": "1000000/minute",
    "PARLEY_PRESENCE_SECONDS": str(BEAT_SECONDS),
}
NODES = 3
READY_SECONDS = 90.0


class Stack(Cluster):
    """`sabotage` names a deliberate defect that the workers are started with (tests.faults.sabotage)."""

    def __init__(self, history: str) -> None:
        # Not under a folder that is closed to the users PostgreSQL and nginx run as.
        self.folder = Path(tempfile.mkdtemp(prefix="parley-faults-"))
        self.folder.chmod(0o755)
        os.environ.setdefault("CASSANDRA_LIB", str(ROOT / "var" / "cassandra" / "lib"))
        ports = {name: free_port() for name in ("postgres", "redis", *WORKERS)}
        (self.folder / "ports.json").write_text(json.dumps(ports))
        super().__init__(self.folder, free_port(), cassandra=history == "cassandra")
        end_with_us_by([sys.executable, "deploy/cluster.py", "stop", "--folder", str(self.folder)], self.folder)
        self.sabotage = ""
        self.links: Links | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._nginx.port}"

    @property
    def has_cassandra(self) -> bool:
        return self._cassandra is not None

    def remove(self, logs: Path | None = None) -> None:
        """Stop all of it; what the workers logged may be kept."""
        self.stop()
        for log in self.folder.glob("worker*/log") if logs else ():
            shutil.copy(log, logs / f"{log.parent.name}.log")
        shutil.rmtree(self.folder)

    def worker_urls(self) -> list[tuple[str, str]]:
        return [(name, f"http://127.0.0.1:{self._ports[name]}") for name in WORKERS]

    def _environment(self) -> dict[str, str]:
        return super()._environment() | SETTINGS

    def _workers(self) -> list[Process]:
        """As everybody starts them; otherwise only where something about them is to be different."""
        processes = super()._workers()
        for number, process in enumerate(processes, 1):
            extra = self.links.environment(number, process.environment) if self.links else {}
            if self.sabotage:
                extra = {**extra, "FAULTS_SABOTAGE": self.sabotage}
            if extra:
                process.environment = {**process.environment, **extra}
                process.command = [sys.executable, "-m", "tests.faults.altered_worker", *process.command[2:]]
        return processes

    # --- its parts, by name

    def part(self, name: str) -> Process:
        parts = [self._postgres.process, self._redis, self._nginx, *self._workers()]
        return next(process for process in parts if process.name == name)

    def pid(self, name: str) -> int:
        """Of a part, or of a Cassandra node (node2 to node4)."""
        if name.startswith("node"):
            return int((self.folder / "cassandra" / name / "pid").read_text())
        pid = self.part(name).pid()
        assert pid, f"{name} does not run"
        return pid

    def kill(self, name: str) -> str:
        """SIGKILL; returns what shows that it is gone."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        _until(lambda: state_of(pid) in "ZX", f"{name} survived")
        return f"{name}, pid {pid}, is gone"

    async def freeze(self, name: str, seconds: float) -> str:
        """SIGSTOP, children too, and SIGCONT after a while; returns what showed that it stood still."""
        pids = with_children(self.pid(name))
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            _until(lambda: all(state_of(pid) in "TZX" for pid in pids), f"{name} goes on")
            await asyncio.sleep(seconds)
            return f"{name}, pid {pids[0]}, stood still for {seconds:g} s"
        finally:
            for pid in pids:
                if state_of(pid) == "T":
                    os.kill(pid, signal.SIGCONT)

    def start_again(self, *names: str) -> None:
        """What was killed or stopped; returns when it is ready."""
        if any(name.startswith("node") for name in names) and self._cassandra:
            self._cassandra.start()
        self._launch([self.part(name) for name in names if not name.startswith("node")])

    def make_whole(self) -> None:
        """After a fault that did not come to its end."""
        if self._cassandra:
            self._cassandra.start()
        self._launch([self._postgres.process, self._redis, *self._workers(), self._nginx])
        for proxy in (*self.links.redis, *self.links.cassandra) if self.links else ():
            proxy.mend()

    def restart_workers_at_once(self) -> None:
        processes = self._workers()
        for process in processes:
            process.stop()
        self._launch(processes)

    def await_ready(self) -> None:
        """All parts, as they say themselves."""
        for process in [self._postgres.process, self._redis, self._nginx, *self._workers()]:
            process.await_ready(READY_SECONDS)

    def sockets(self) -> dict[str, int]:
        """How many connections each worker holds, as the kernel sees it."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        local = [int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "01"]
        return {name: local.count(self._ports[name]) for name in WORKERS}


class Links:
    """Proxies between the workers and their stores: each worker's to Redis, the first worker's to Cassandra."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.redis = [Proxy(("127.0.0.1", free_port()), ("127.0.0.1", stack._redis.port)) for _ in WORKERS]
        network = os.environ.get("CASSANDRA_NETWORK", "127.0.0")
        first, second, third = network.split(".")
        self._networks = network, f"{first}.{int(second) + 100}.{third}"
        self.cassandra = [
            Proxy((f"{self._networks[1]}.{number}", 9042), (f"{network}.{number}", 9042))
            for number in range(2, NODES + 2)
            if stack.has_cassandra
        ]

    async def start(self) -> None:
        for proxy in (*self.redis, *self.cassandra):
            await proxy.start()

    async def stop(self) -> None:
        for proxy in (*self.redis, *self.cassandra):
            await proxy.stop()

    def environment(self, worker: int, usual: Mapping[str, str]) -> dict[str, str]:
        changed = {"REDIS_URL": f"redis://127.0.0.1:{self.redis[worker - 1].port}/0"}
        if worker == 1 and self.cassandra:
            own, through = self._networks
            changed["CASSANDRA_URL"] = usual["CASSANDRA_URL"].replace(f"{own}.", f"{through}.")
            changed["FAULTS_CASSANDRA_THROUGH"] = f"{own}. {through}."
        return changed


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def with_children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


def _until(is_it: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_it():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)  # polls a process that cannot call back
