"""One key has one number and one number one change, for everyone, at any time; and numbers have no hole."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.checks.run import Run


def check(run: Run) -> Iterator[str]:
    yield from _one_change_a_number(run)
    yield from _one_number_a_key(run)
    yield from _dense(run)


def _one_change_a_number(run: Run) -> Iterator[str]:
    """A deletion takes the text of its message and leaves the core of it as it was."""
    cores: dict[tuple[str, int], tuple[str, str]] = {}
    wholes: dict[tuple[str, int, bool], str] = {}
    told = set()
    for line in run.seen():
        place, core = (line.room, line.seq), (line.key, line.core or line.digest)
        is_same = cores.setdefault(place, core) == core
        is_same &= wholes.setdefault((*place, line.deleted), line.digest) == line.digest
        if not is_same and place not in told:
            told.add(place)
            yield f"number {line.seq} of {line.room} is two changes"


def _one_number_a_key(run: Run) -> Iterator[str]:
    known: dict[tuple[str, str], set[int]] = {}
    for line in run.seen():
        known.setdefault((line.room, line.key), set()).add(line.seq)
    for key, write in run.writes.items():
        known.setdefault((write.room, key), set()).update(write.seqs)
    for (room, key), seqs in known.items():
        if len(seqs) > 1:
            yield f"{key} of {room} has the numbers {sorted(seqs)}"


def _dense(run: Run) -> Iterator[str]:
    for (who, room), looks in run.looks.items():
        for look in looks:
            seqs = [line.seq for line in look.stored]
            if seqs != list(range(1, look.head + 1)):
                yield f"the history of {room} that {who} read through {look.by} is not 1 to {look.head}"
