"""`make bench`: what Parley costs beside the least that is possible and beside what most people begin with.

    python -m bench [--rounds 3] [--only ROW...] [--no-cluster]

Prints the table and writes bench/results.md. Takes 15 to 20 minutes on two idle cores.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.cases import CASES
from bench.cluster import Cluster
from bench.contenders import fill, redis
from bench.native import HERE, build
from bench.results import document, table
from bench.rounds import Figures, Round, Spare
from bench.rows import COUNTS, ROWS
from bench.tinode import TinodeStore

SPARE_SECONDS = 40


class Run:
    """`rounds`: the figures of each. What L says was unsteady in a round is not among them."""

    def __init__(self, folder: Path, only: list[str]) -> None:
        self.rounds: list[Figures] = []
        self.unsteady: list[str] = []
        self._folder = folder
        self._only = only
        self._spare = Spare(SPARE_SECONDS)
        self._filled = folder / "filled"
        self._population = fill({"PARLEY_DATA": str(self._filled)}, list(CASES))
        self._tinode = TinodeStore(folder / "tinode")
        if self._is_wanted("tinode") or self._is_wanted("cluster"):
            self._tinode.fill()
        self._redis = redis(folder)

    def measure(self, rows: dict[str, Callable[[Round], Figures]], number: int) -> None:
        if number == len(self.rounds):
            self.rounds.append({})
        this = Round(number, self._folder, self._filled, self._population, self._redis.port, self._tinode, self._spare)
        try:
            for name, row in rows.items():
                if self._is_wanted(name):
                    self._measure_row(this, number, name, row)
        finally:
            this.close()
        self.unsteady += [f"{name} in round {number + 1}" for name in this.unsteady]

    def _is_wanted(self, row: str) -> bool:
        return not self._only or row in self._only

    def _measure_row(self, this: Round, number: int, name: str, row: Callable[[Round], Figures]) -> None:
        began = time.monotonic()
        try:
            self.rounds[number] |= this.measure(name, row, steadily=name not in COUNTS)
        except RuntimeError as error:  # of one contender; the other rows are worth having
            self.unsteady.append(f"{name} in round {number + 1} ({str(error).strip().splitlines()[-1]})")
        print(f"round {number + 1}, {name}: {time.monotonic() - began:.0f} s", flush=True)

    def stop(self) -> None:
        self._redis.stop()
        self._tinode.stop()


def measure_cluster(run: Run, folder: Path, rounds: int) -> None:
    cluster = Cluster(folder / "cluster")
    try:
        cluster.start()
        for number in range(rounds):
            rows = {"cluster": cluster.small, "two": cluster.two, "cluster page": cluster.page}
            run.measure(rows, number)
    finally:
        cluster.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--no-cluster", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    build()
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    # PostgreSQL may run as another user, who must get through.
    folder.chmod(0o711)
    run = Run(folder, options.only)
    try:
        for number in range(options.rounds):
            run.measure(ROWS, number)
        if not options.no_cluster:
            measure_cluster(run, folder, options.rounds)
    finally:
        run.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(table(run.rounds))
    if not options.only:
        minutes = (time.monotonic() - began) / 60
        (HERE / "results.md").write_text(document(run.rounds, run.unsteady, minutes))


if __name__ == "__main__":
    main()
