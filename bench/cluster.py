"""The cluster's rows: PostgreSQL, Redis, three Cassandra nodes from deploy/, one or two workers, on the same cores."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.client import Client, Room
from bench.contenders import Parley, fill, postgres
from bench.machine import free_port
from bench.native import ROOT
from bench.rounds import Figures, Round, amiss, ending, of, per_delivery, per_message, rate, seated
from bench.rows import IN_FLIGHT, SECONDS, T_PATIENCE, page

CASES = ["small", "fan", "beside"]
CONNECTIONS = 60
START_SECONDS = 90.0
TRIES_MOST = 5
WARM_SECONDS = 5
# Messages under way in each conversation of 10.
LOAD = "closed:4"
# Messages a second over 20 conversations of 10: an easy pace.
PACE = "open:50"
# Beside a cluster that runs here for another purpose.
NETWORK, JMX = "127.0.29", "29200"


class Cluster:
    """`folder` must be one that others may pass through: PostgreSQL may run as somebody else."""

    def __init__(self, folder: Path) -> None:
        sys.path.insert(0, str(ROOT / "deploy"))
        from tiers.cassandra import Cassandra
        from tiers.redis import redis

        os.environ.setdefault("CASSANDRA_NETWORK", NETWORK)
        os.environ.setdefault("CASSANDRA_JMX", JMX)
        os.environ.setdefault("CASSANDRA_LIB", str(ROOT / "var" / "cassandra" / "lib"))
        self._folder = folder
        self._postgres = postgres(folder / "postgres", CONNECTIONS)
        self._redis = redis(folder / "redis", free_port())
        self._cassandra = Cassandra(folder / "cassandra")
        self.hosts = ",".join(f"{os.environ['CASSANDRA_NETWORK']}.{number}" for number in (2, 3, 4))
        self.population: dict[str, Any] = {}

    def start(self) -> None:
        self._postgres.prepare()
        for process in (self._postgres.process, self._redis):
            process.launch()
            process.await_ready(START_SECONDS)
        self._postgres.make_database()
        self._cassandra.start()
        self._run("manage.py", "make_history")
        self._run("-m", "bench.tutorial.cassandra", self.hosts)
        self.population = fill(self.environment, CASES)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PARLEY_DATA": str(self._folder / "parley"),
            "DATABASE_URL": self._postgres.url,
            "REDIS_URL": f"redis://127.0.0.1:{self._redis.port}/0",
            "CASSANDRA_URL": self._cassandra.url,
        }

    def worker(self, this: Round) -> Parley:
        return Parley(this.folder, self.population, self.environment, core=None)

    def stop(self) -> None:
        self._cassandra.stop()
        for process in (self._redis, self._postgres.process):
            process.stop()

    def _run(self, *words: str) -> None:
        """Again, when it fails: nodes that have just started may be too slow for their clients' patience."""
        environment = {**os.environ, **self.environment}
        for left in reversed(range(TRIES_MOST)):
            done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, check=False)
            if not done.returncode:
                return
            if not left:
                raise RuntimeError(done.stderr.decode()[-2_000:])

    # --- rows

    def small(self, this: Round) -> Figures:
        """As rows.small, with more under way; T waits for each of its inserts, through cqlengine. And at an easy pace,
        beside Tinode with its one PostgreSQL."""
        if not this.number:
            self._warm_up(this)
        tutorial = this.tutorial(store="cassandra", hosts=self.hosts)
        with ending(tutorial), seated(tutorial, "small", core=None) as client:
            theirs = client.run(SECONDS, 1, patience=T_PATIENCE, a=LOAD)
        with ending(self.worker(this)) as worker:
            with seated(worker, "small", core=None) as client:
                ours = client.run(SECONDS, 1, a=LOAD)
            with seated(worker, "beside", core=None) as client:
                paced = of(client.run(2 * SECONDS, 1, a=PACE))["delivery"]
        with ending(this.tinode(core=None)) as tinode, seated(tinode, "beside", core=None) as client:
            tinode_paced = client.run(2 * SECONDS, 1, a=PACE)
        tinode_p50, tinode_p99 = of(tinode_paced)["delivery"]
        with ending(this.parley()) as parley, seated(parley, "small") as client:
            embedded = per_message(client.run(SECONDS, 1, a=LOAD))
        return {
            "cluster T us": per_message(theirs),
            "cluster P us": per_message(ours),
            "cluster embedded us": embedded,
            "cluster T rate": rate(theirs, "acked"),
            "cluster P rate": rate(ours, "acked"),
            "cluster vs T": per_message(theirs) / per_message(ours),
            "cluster rate vs T": rate(ours, "acked") / rate(theirs, "acked"),
            "cluster vs embedded": per_message(ours) / embedded,
            "cluster P ack p99": of(ours)["ack"][1],
            "cluster paced p50": paced[0],
            "cluster paced p99": paced[1],
            "cluster tinode p50": tinode_p50,
            "cluster tinode p99": tinode_p99,
            "cluster tinode amiss": amiss(tinode_paced),
            "cluster paced vs tinode": tinode_p99 / paced[1],
            "cluster amiss": amiss(ours),
        }

    def _warm_up(self, this: Round) -> None:
        """Nodes that have just started still compile their own code: a write costs them several times as much."""
        tutorial = this.tutorial(store="cassandra", hosts=self.hosts)
        with ending(tutorial), seated(tutorial, "small", core=None) as client:
            client.run(WARM_SECONDS, 0, patience=T_PATIENCE, a=LOAD)
        with ending(self.worker(this)) as worker, seated(worker, "small", core=None) as client:
            client.run(2 * WARM_SECONDS, 0, a=LOAD)

    def two(self, this: Round) -> Figures:
        """What two workers cost together for a message, with half of every conversation's members at each; if it is
        what one costs, two cores of their own carry twice as much."""
        found: Figures = {}
        with ending(self.worker(this)) as one, ending(self.worker(this)) as other:
            for case, mode in (("small", LOAD), ("fan", f"closed:{IN_FLIGHT}")):
                cost = per_message if case == "small" else per_delivery
                found[f"one {case} us"] = cost(_speak([one], _rooms(case, one), mode))
                found[f"two {case} us"] = cost(_speak([one, other], _rooms(case, one, other), mode))
                found[f"two {case}"] = 2 * found[f"one {case} us"] / found[f"two {case} us"]
        return found

    def page(self, this: Round) -> Figures:
        with ending(self.worker(this)) as worker:
            return {f"cluster {name}": value for name, value in page(worker).items()}


def _rooms(case: str, one: Parley, other: Parley | None = None) -> list[Room]:
    """Every second member at the other worker."""
    rooms = one.rooms(case)
    if other is None:
        return rooms
    pairs = zip(rooms, other.rooms(case), strict=True)
    return [
        Room(here.name, [seat if number % 2 == 0 else there.seats[number] for number, seat in enumerate(here.seats)])
        for here, there in pairs
    ]


def _speak(workers: list[Parley], rooms: list[Room], mode: str) -> dict[str, Any]:
    with Client("parley", [worker.process.pid for worker in workers], core=None) as client:
        client.add("a", rooms)
        client.open()
        return client.run(SECONDS, 1, a=mode)
