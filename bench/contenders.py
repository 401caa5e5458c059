"""Who is measured: L, Node ws, Go gorilla, T and Parley; each a process and the seats in its rooms."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.cases import CASES
from bench.client import Room, Seat
from bench.machine import OTHER_CORE, SERVER_CORE, free_port
from bench.native import BUILT, ROOT
from bench.processes import Process

# What people may send and how many sockets they may have is not what is measured.
UNLIMITED = {
    "PARLEY_SEND_BURST": "1000000",
    "PARLEY_SEND_PER_SECOND": "1000000",
    "PARLEY_TEXT_PER_DAY": "100000000000",
    "PARLEY_SOCKETS_PER_USER": "100000",
}


def _room_path(case: str, number: int) -> str:
    return f"/ws/{case.replace(' ', '')}{number}"


class Plain:
    """Rooms are paths; nobody signs in and nothing is kept."""

    kind = "plain"
    commands = {
        "L": [str(BUILT / "broadcaster")],
        "ws": ["node", str(BUILT / "ws" / "server.mjs")],
        "gorilla": [str(BUILT / "gorilla")],
    }

    def __init__(self, name: str, folder: Path) -> None:
        port = free_port()
        environment = {"GOMAXPROCS": "1"}
        self.process = Process(
            [*self.commands[name], str(port)], port, folder / f"{name}.log", core=SERVER_CORE, environment=environment
        )
        self.process.await_listening()

    def rooms(self, case: str) -> list[Room]:
        shape = CASES[case]
        paths = [_room_path(case, number) for number in range(shape.rooms)]
        return [Room(path[4:], [Seat(self.process.port, path)] * shape.members) for path in paths]

    def stop(self) -> None:
        self.process.stop()


class Tutorial:
    """T. `store`: "row" (the ORM, SQLite) or "cassandra" (cqlengine)."""

    kind = "tutorial"

    def __init__(self, folder: Path, redis_port: int, *, store: str = "row", hosts: str = "", users: int = 0) -> None:
        port = free_port()
        environment = {
            "DJANGO_SETTINGS_MODULE": "bench.tutorial.settings",
            "TUTORIAL_DATABASE": str(folder / f"tutorial{port}.sqlite3"),
            "TUTORIAL_REDIS": f"redis://127.0.0.1:{redis_port}/1",
            "TUTORIAL_STORE": store,
            "TUTORIAL_CASSANDRA": hosts,
        }
        self.cookies = _output([sys.executable, "-m", "bench.tutorial.prepare", str(users)], environment).split()
        command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
        self.process = Process(
            [*command, "bench.tutorial.asgi:application"],
            port,
            folder / "tutorial.log",
            core=SERVER_CORE if store == "row" else None,
            environment=environment,
        )
        self.process.await_listening()

    def rooms(self, case: str) -> list[Room]:
        shape = CASES[case]
        names = [_room_path(case, number)[4:] for number in range(shape.rooms)]
        return [Room(name, [Seat(self.process.port, f"/ws/chat/{name}/")] * shape.members) for name in names]

    def signed_in(self, sockets: int) -> list[Seat]:
        """Sockets of people with sessions, as those of a page are."""
        count = len(self.cookies)
        path = "/ws/chat/lobby/"
        return [Seat(self.process.port, path, cookie=self.cookies[number % count]) for number in range(sockets)]

    def stop(self) -> None:
        self.process.stop()


class Parley:
    """A worker: `manage.py serve` and a door for tickets. `population`: what fill() gave."""

    kind = "parley"

    def __init__(
        self,
        folder: Path,
        population: Mapping[str, Any],
        environment: Mapping[str, str],
        *options: str,
        core: int | None = SERVER_CORE,
    ) -> None:
        self._population = population
        self._door = free_port()
        port = free_port()
        self.process = Process(
            [sys.executable, "-m", "bench.worker", str(port), str(self._door), *options],
            port,
            folder / "parley.log",
            core=core,
            environment={**environment, **UNLIMITED},
        )
        self.process.await_listening()

    def rooms(self, case: str) -> list[Room]:
        made = self._population[case]
        seats = iter(self._seats([member for room in made for member in room["members"]]))
        return [Room(room["id"], [next(seats) for _ in room["members"]]) for room in made]

    def signed_in(self, case: str, sockets: int) -> list[Seat]:
        members = [member for room in self._population[case] for member in room["members"]]
        return self._seats([members[number % len(members)] for number in range(sockets)])

    def reads(self) -> int:
        """How many pages the store was asked for."""
        return int(self._ask({"reads": True}))

    def stop(self) -> None:
        self.process.stop()

    def _seats(self, members: list[list[str]]) -> list[Seat]:
        return [Seat(self.process.port, "/ws", ticket=ticket) for ticket in self._ask({"tickets": members})]

    def _ask(self, what: Any) -> Any:
        with socket.create_connection(("127.0.0.1", self._door)) as door, door.makefile("rw") as lines:
            lines.write(json.dumps(what) + "\n")
            lines.flush()
            return json.loads(lines.readline())


def fill(environment: Mapping[str, str], cases: list[str]) -> dict[str, Any]:
    """Tables, and in them the rooms of these cases."""
    _output([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
    wanted = {name: {slot: getattr(CASES[name], slot) for slot in CASES[name].__slots__} for name in cases}
    return dict(json.loads(_output([sys.executable, "-m", "bench.population"], environment, json.dumps(wanted))))


def postgres(folder: Path, connections: int) -> Any:
    """One of our own, as deploy/ makes it, neither prepared nor started. Others must get through to `folder`."""
    sys.path.insert(0, str(ROOT / "deploy"))
    from tiers.postgres import Postgres

    return Postgres(folder, free_port(), connections)


def redis(folder: Path) -> Process:
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = Process(command, port, folder / "redis.log", core=OTHER_CORE)
    process.await_listening()
    return process


def _output(command: list[str], environment: Mapping[str, str], given: str = "") -> str:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return done.stdout
