"""What the runs came to: lines for who watches, and the tables of docs/reliability.md between their markers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.live import ROOT

if TYPE_CHECKING:
    from tests.faults.controls import Tried
    from tests.faults.replay import Replayed
    from tests.faults.run import Verdict

DOCUMENT = ROOT / "docs" / "reliability.md"
SHOWN_MOST = 10

Rows = dict[str, str]


def tell(verdict: Verdict) -> None:
    print(
        f"  {verdict.acked:,} acked, {len(verdict.found)} anomalies, healed in {verdict.heal_seconds:.1f} s,"
        f" slowest send {verdict.slowest_seconds:.1f} s",
        flush=True,
    )
    for text in (*verdict.shown, *verdict.invalid, *verdict.found[:SHOWN_MOST]):
        print(f"    {text}", flush=True)


def tell_control(tried: Tried) -> None:
    print(f"  {len(tried.found)} anomalies: {'caught' if tried.is_caught else 'NOT CAUGHT'}", flush=True)
    for text in tried.found[:3]:
        print(f"    {text}", flush=True)


def write_fault(verdict: Verdict) -> None:
    _write("faults", _fault_row(verdict))


def write_replay(replayed: Replayed) -> None:
    _write("replay", _replay_row(replayed))


def write_control(tried: Tried) -> None:
    _write("controls", _control_row(tried))


def _write(table: str, row: str) -> None:
    """At once: what is broken off later leaves what was found before. Rows of what is not run stay."""
    DOCUMENT.write_text(_with_rows(DOCUMENT.read_text(), table, [row]))


def _fault_row(verdict: Verdict) -> str:
    anomalies = "not valid" if verdict.invalid else f"{len(verdict.found):,}"
    heal = f"{verdict.heal_seconds:.1f} s" if verdict.fault.name != "calm" else "-"
    slowest = f"{verdict.slowest_seconds:.1f} s"
    return f"| {verdict.fault.title} | {verdict.acked:,} | {anomalies} | {heal} | {slowest} |"


def _replay_row(replayed: Replayed) -> str:
    times = {name: replayed.killed.count(name) for name in dict.fromkeys(replayed.killed)}
    killed = ", ".join(f"{name} x {count}" for name, count in times.items())
    return f"| {replayed.lines} | {killed} | {replayed.differences} |"


def _control_row(tried: Tried) -> str:
    return f"| {tried.control.title} | {len(tried.found):,} |"


def _with_rows(text: str, table: str, rows: Iterable[str]) -> str:
    """A row with the same first cell is replaced, a new one appended."""
    begin, end = f"<!-- {table} -->\n", f"<!-- /{table} -->"
    match = re.search(re.escape(begin) + "(.*?)" + re.escape(end), text, re.DOTALL)
    assert match, f"{DOCUMENT.name} has no place for {table}"
    head, rule, *kept = match[1].splitlines()
    known: Rows = {_first(row): row for row in kept} | {_first(row): row for row in rows}
    if table == "replay":
        known = {_first(row): row for row in rows} or known
    lines = "\n".join([head, rule, *known.values()])
    return text[: match.start()] + f"{begin}{lines}\n{end}" + text[match.end() :]


def _first(row: str) -> str:
    return row.split("|")[1].strip()
