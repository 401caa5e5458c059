"""A real PostgreSQL for tests, and followers of it by streaming: each in a folder and on a socket of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.outliving import end_with_us

USER = "postgres" if os.geteuid() == 0 else None
# fsync off: these need not survive a power cut.
SETTINGS = {"listen_addresses": "", "fsync": "off", "max_connections": "100", "log_statement": "all"}


def programs() -> Path:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    assert found, "install the package 'postgresql'"
    return max(found, key=lambda path: float(path.parent.name))


def run(*command: str | Path) -> None:
    as_owner: dict[str, Any] = {"user": USER, "group": USER, "extra_groups": []} if USER else {}
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **as_owner)
    assert done.returncode == 0, done.stderr


class LivePostgres:
    def __init__(self) -> None:
        # Not under pytest's own folder, which is closed to the user that PostgreSQL runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="parley-postgres-"))
        self.folder.chmod(0o755)
        if USER:
            shutil.chown(self.folder, USER)
        self.data = self.folder / "data"
        self.log = self.folder / "log"

    @property
    def url(self) -> str:
        return f"postgres://parley@/parley?host={self.folder}"

    def make(self) -> None:
        run(programs() / "initdb", "-D", self.data, "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        run(programs() / "createdb", "-h", self.folder, "-U", "parley", "parley")

    def follow(self, primary: LivePostgres) -> None:
        copy = ["-h", primary.folder, "-U", "parley", "-D", self.data, "--checkpoint=fast", "--write-recovery-conf"]
        run(programs() / "pg_basebackup", *copy)
        self.start()

    def fall_behind(self, primary: LivePostgres) -> None:
        """It has all that the primary has now, and gets nothing more: as when the network between them breaks."""
        [at] = primary.ask("SELECT pg_current_wal_flush_lsn()")
        self._until(f"pg_last_wal_replay_lsn() >= '{at}'")
        self.ask("ALTER SYSTEM SET primary_conninfo = ''")
        self.ask("SELECT pg_reload_conf()")
        self._until("NOT EXISTS (SELECT 1 FROM pg_stat_wal_receiver)")

    def _until(self, condition: str) -> None:
        deadline = time.monotonic() + 20
        while self.ask(f"SELECT {condition}") != (True,):
            assert time.monotonic() < deadline, condition
            time.sleep(0.05)  # polls a process that cannot call back

    def promote(self) -> None:
        run(programs() / "pg_ctl", "-D", self.data, "-w", "promote")

    def start(self) -> None:
        options = {**SETTINGS, "unix_socket_directories": str(self.folder)}
        words = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in options.items())
        run(programs() / "pg_ctl", "-D", self.data, "-w", "-l", self.log, "-o", words, "start")
        end_with_us(self.pid, signal.SIGQUIT)

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """Its children notice and end."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while subprocess.run([programs() / "pg_isready", "-q", "-h", self.folder], check=False).returncode != 2:
            assert time.monotonic() < deadline
        (self.data / "postmaster.pid").unlink()

    def ask(self, sql: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchone() if cursor.description else None

    def statements(self, of: str) -> int:
        """How often a statement with this in it has been run here."""
        return sum(of in line for line in self.log.read_text(errors="replace").splitlines())

    def remove(self) -> None:
        if (self.data / "postmaster.pid").exists():
            run(programs() / "pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.folder)
