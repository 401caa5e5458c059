"""Parley as it runs in earnest, on one machine and its loopback: nginx, three workers, the process that indexes, Redis,
PostgreSQL, Cassandra.

cluster.py start             start what does not run yet; what runs is not touched
cluster.py status            one line a process; fails unless all are ready
cluster.py stop              stop all, each by its own pid; the data stays
cluster.py restart-workers   one worker after another, each ready before the next goes; then the one that indexes
cluster.py prepare           only the stores, with their tables, and no worker: for a restore
cluster.py start-epoch       once a backup is restored: clients forget what it does not have

All is kept in --folder: data, logs, pids, ports.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tiers.cassandra import Cassandra
from tiers.nginx import LEFT_OUT_SECONDS, nginx, write_configuration
from tiers.packages import install_missing
from tiers.ports import chosen_ports
from tiers.postgres import Postgres
from tiers.process import ROOT, Process, TierError
from tiers.redis import redis
from tiers.secret import kept_secret
from tiers.workers import indexer, worker

WORKERS = ("worker1", "worker2", "worker3")
# PARLEY_POOL, and what a worker holds besides.
CONNECTIONS_A_WORKER = 16
CONNECTIONS_BESIDES = 20
START_SECONDS = 90.0
DEFAULT_HISTORY = "cassandra"


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # a command talks


class Cluster:
    def __init__(self, folder: Path, port: int | None, *, cassandra: bool) -> None:
        self._folder = folder
        self._ports = chosen_ports(folder / "ports.json", port)
        connections = len(WORKERS) * CONNECTIONS_A_WORKER + CONNECTIONS_BESIDES
        self._postgres = Postgres(folder / "postgres", self._ports["postgres"], connections)
        self._redis = redis(folder / "redis", self._ports["redis"])
        self._cassandra = Cassandra(folder / "cassandra") if cassandra else None
        self._nginx = nginx(folder / "nginx", self._ports["nginx"])

    def start(self) -> None:
        self._start_stores()
        processes = self._serving()
        if not all(process.pid() for process in processes):
            self._prepare_tables()
        self._launch(processes)
        if not self._nginx.pid():
            ports = [self._ports[name] for name in WORKERS]
            data = self._folder / "parley"
            trusted = os.environ.get("PARLEY_TRUSTED_PROXIES", "")
            write_configuration(
                self._nginx.folder,
                self._nginx.port,
                ports,
                static=data / "static",
                kept=data / "files",
                trusted=trusted,
            )
        self._launch([self._nginx])
        say(f"The history is kept in {'Cassandra' if self._cassandra else 'PostgreSQL'}.")
        site = f"http://localhost:{self._nginx.port}"
        say(f"Parley is at {site}/")
        self._manage("first_admin_link", "--quiet", "--site", site)

    def prepare(self) -> None:
        """The stores and their tables; nobody is served."""
        for process in self._serving():
            process.stop()
        self._start_stores()
        self._prepare_tables()

    def start_epoch(self) -> None:
        self._manage("start_epoch")

    def status(self) -> bool:
        """Whether all are ready."""
        processes = [self._postgres.process, self._redis, *self._serving(), self._nginx]
        all_ready, lines = self._cassandra.status() if self._cassandra else (True, [])
        for process in processes:
            why = process.why_not_ready()
            all_ready = all_ready and not why
            say(f"{process.name:<9} port {process.port or '-':<5}  pid {process.pid() or '-':<8}  {why or 'ready'}")
        for line in lines:
            say(line)
        return all_ready

    def stop(self) -> None:
        """Workers first, while nginx can still carry their goodbye; the stores last."""
        for process in [*self._serving(), self._nginx, self._redis, self._postgres.process]:
            if process.stop():
                say(f"{process.name} stopped.")
        if self._cassandra:
            self._cassandra.stop()

    def restart_workers(self) -> None:
        """How a new version comes in: the tables and static files first, the old ones' pages find theirs still."""
        self._prepare_tables()
        for process in self._workers():
            process.stop()
            self._launch([process])
            # Until then nginx may think that it is away, and would be left with too few when the next one goes.
            time.sleep(LEFT_OUT_SECONDS)
        self._indexer().stop()
        self._launch([self._indexer()])

    def _start_stores(self) -> None:
        install_missing(java=self._cassandra is not None)
        self._postgres.prepare()
        self._launch([self._postgres.process, self._redis])
        if self._cassandra:
            self._cassandra.start()

    def _launch(self, processes: Iterable[Process]) -> None:
        """All at once, then wait for each."""
        started = [process for process in processes if process.launch()]
        for process in started:
            process.await_ready(START_SECONDS)
            say(f"{process.name} is ready on port {process.port}." if process.port else f"{process.name} runs.")

    def _prepare_tables(self) -> None:
        self._postgres.make_database()
        self._manage("migrate", "--verbosity", "0")
        self._manage("collectstatic", "--noinput", "--verbosity", "0")
        if self._cassandra:
            self._manage("make_history")

    def _manage(self, *words: str) -> None:
        environment = {**os.environ, **self._environment()}
        done = subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=False)
        if done.returncode:
            raise TierError(f"manage.py {words[0]} failed.")

    def _serving(self) -> list[Process]:
        """All of Parley's own processes."""
        return [*self._workers(), self._indexer()]

    def _indexer(self) -> Process:
        return indexer(self._folder / "index", self._environment())

    def _workers(self) -> list[Process]:
        environment = self._environment()
        return [
            worker(number, self._folder / name, self._ports[name], environment)
            for number, name in enumerate(WORKERS, 1)
        ]

    def _environment(self) -> dict[str, str]:
        return {
            "PARLEY_DATA": str(self._folder / "parley"),
            "PARLEY_SECRET_KEY": kept_secret(self._folder / "parley" / "secret_key"),
            # The workers' only proxy is nginx here; whom nginx trusts is for PARLEY_TRUSTED_PROXIES of this command.
            "PARLEY_TRUSTED_PROXIES": "127.0.0.0/8",
            # Where nginx.conf.template serves what a worker has let pass.
            "PARLEY_FILES_ACCEL": "/kept/",
            "DATABASE_URL": self._postgres.url,
            "REDIS_URL": f"redis://127.0.0.1:{self._redis.port}/0",
            "CASSANDRA_URL": self._cassandra.url if self._cassandra else "",
        }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["start", "status", "stop", "restart-workers", "prepare", "start-epoch"])
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "cluster", help="var/cluster")
    parser.add_argument("--port", type=int, help="where nginx listens (8080)")
    parser.add_argument(
        "--history", choices=["postgres", "cassandra"], help="where messages are, at the first start (cassandra)"
    )
    return parser.parse_args()


def _history_of(folder: Path, wanted: str | None) -> str:
    """Where the first start put the history it stays: nothing moves messages from one store to the other."""
    file = folder / "history"
    kept = file.read_text() if file.exists() else ""
    if kept and wanted and kept != wanted:
        raise TierError(f"{folder} keeps its messages in {kept}; use another --folder for {wanted}.")
    if not kept:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(wanted or DEFAULT_HISTORY)
    return kept or wanted or DEFAULT_HISTORY


def main() -> None:
    wanted = _arguments()
    folder = wanted.folder.resolve()
    # PostgreSQL and nginx run as others, who must get through.
    os.umask(0o022)
    try:
        cluster = Cluster(folder, wanted.port, cassandra=_history_of(folder, wanted.history) == "cassandra")
        done = getattr(cluster, wanted.command.replace("-", "_"))()
    except TierError as error:
        sys.exit(str(error))
    if done is False:
        sys.exit(1)


if __name__ == "__main__":
    main()
