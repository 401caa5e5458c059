"""One key has one number and one number one change, for everyone, at any time; and numbers have no hole."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.checks.run import Run


def check(run: Run) -> Iterator[str]:
    yield from _one_change_a_number(run)
    yield from _one_number_a_key(run)
    yield from _dense(run)


def _one_change_a_number(run: Run) -> Iterator[str]:
    known: dict[tuple[str, int], tuple[str, str]] = {}
    told = set()
    for line in run.seen():
        what = line.key, line.digest
        if known.setdefault((line.room, line.seq), what) != what and (line.room, line.seq) not in told:
            told.add((line.room, line.seq))
            yield f"number {line.seq} of {line.room} is two changes"


def _one_number_a_key(run: Run) -> Iterator[str]:
    known: dict[tuple[str, str], set[int]] = {}
    for line in run.seen():
        known.setdefault((line.room, line.key), set()).add(line.seq)
    for key, send in run.sends.items():
        known.setdefault((send.room, key), set()).update(send.seqs)
    for (room, key), seqs in known.items():
        if len(seqs) > 1:
            yield f"{key} of {room} has the numbers {sorted(seqs)}"


def _dense(run: Run) -> Iterator[str]:
    for (who, room), looks in run.looks.items():
        for look in looks:
            seqs = [line.seq for line in look.stored]
            if seqs != list(range(1, look.head + 1)):
                yield f"the history of {room} that {who} read through {look.by} is not 1 to {look.head}"
