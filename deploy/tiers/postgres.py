"""A PostgreSQL of the cluster's own: its folder, its password, its database."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from tiers.packages import postgres_folder
from tiers.process import Process, TierError, as_user
from tiers.secret import kept_secret

NAME = "parley"


class Postgres:
    """Refuses to run as root, so root runs it as the user that the package made."""

    def __init__(self, folder: Path, port: int, connections: int) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._port = port
        self._user = "postgres" if os.geteuid() == 0 else None
        self._programs = postgres_folder() or Path()
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": connections,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self._programs / "postgres"), "-D", str(self._data), *options]
        # SIGINT: end in good order now, whoever is connected.
        self.process = Process("postgres", folder, port, command, self._ask, user=self._user, stop_signal=signal.SIGINT)

    @property
    def url(self) -> str:
        return self._url_of(NAME)

    def prepare(self) -> None:
        """Its folder, at the first start. One that was broken off is made anew."""
        if (self._data / "global" / "pg_control").exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(parents=True, mode=0o700)
        words = self._folder / "words"
        words.touch(mode=0o600)
        words.write_text(self._password())
        for path in (self._data, words):
            shutil.chown(path, self._user or os.getuid())
        self._check_reach()
        try:
            self._init(words)
        finally:
            words.unlink()

    def make_database(self) -> None:
        with psycopg.connect(self._url_of("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")

    def _init(self, words: Path) -> None:
        command = [str(self._programs / "initdb"), "-D", str(self._data), "-U", NAME, f"--pwfile={words}"]
        options = ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(
            [*command, *options], cwd="/", capture_output=True, text=True, check=False, **as_user(self._user)
        )
        if done.returncode:
            shutil.rmtree(self._data)
            raise TierError(f"PostgreSQL could not make its folder: {done.stderr.strip()}")

    def _check_reach(self) -> None:
        if subprocess.run(["test", "-w", self._data], cwd="/", check=False, **as_user(self._user)).returncode:
            shutil.rmtree(self._data)
            raise TierError(
                f"PostgreSQL runs as {self._user}, who cannot reach {self._data}: let others pass through the folders "
                "above it (chmod o+x), or keep the cluster elsewhere (CLUSTER=/var/lib/parley)."
            )

    def _ask(self) -> str:
        try:
            psycopg.connect(self._url_of("postgres")).close()
        except psycopg.Error as error:
            return next(iter(str(error).strip().splitlines()), "does not answer")
        return ""

    def _password(self) -> str:
        return kept_secret(self._folder / "password")

    def _url_of(self, database: str) -> str:
        return f"postgres://{NAME}:{self._password()}@127.0.0.1:{self._port}/{database}?connect_timeout=3"
