"""The table: for each target the median of the rounds, their range, and the figures it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from bench.machine import machine, versions
from bench.targets import TARGETS, Target

Rounds = Sequence[Mapping[str, float]]
HEAD = ("what", "median", "range", "target", "met", "beside it (medians)")


def rows(rounds: Rounds) -> list[tuple[str, ...]]:
    return [_row(target, rounds) for target in TARGETS]


def _row(target: Target, rounds: Rounds) -> tuple[str, ...]:
    values = _values(target.key, rounds)
    if not values:
        return target.title, "-", "-", target.bound, "not measured", ""
    middle = median(values)
    beside = ", ".join(f"{key} {_short(median(known))}" for key in target.beside if (known := _values(key, rounds)))
    spread = f"{_short(min(values))} to {_short(max(values))}"
    return target.title, _short(middle), spread, target.bound, "yes" if target.is_met(middle) else "NO", beside


def _values(key: str, rounds: Rounds) -> list[float]:
    return [figures[key] for figures in rounds if key in figures]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rounds: Rounds) -> str:
    lines = [HEAD, tuple("---" for _ in HEAD), *rows(rounds)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def everything(rounds: Rounds) -> str:
    names = sorted({name for figures in rounds for name in figures})
    lines = ["| figure | rounds |", "| --- | --- |"]
    return "\n".join(
        lines + [f"| {name} | {', '.join(_short(value) for value in _values(name, rounds))} |" for name in names]
    )


def document(rounds: Rounds, unsteady: Sequence[str], minutes: float) -> str:
    facts = [*machine(), *versions(), f"{len(rounds)} rounds in one run of {minutes:.0f} minutes"]
    if unsteady:
        facts.append(
            f"left out, since L moved by more than 15 % every time or for the reason given: {', '.join(unsteady)}"
        )
    return "\n".join(
        [
            "# What `make bench` measured",
            "",
            "Written by the command. docs/performance.md says what is compared, how, and what stands in the way where",
            "a target is not met. L, T and P are the C loop, the tutorial's chat and Parley; `us` is a microsecond of",
            "the server's CPU time for each delivery, message or accept; `L` beside a row is L's cost of a delivery in",
            "the same minute; times are milliseconds.",
            "",
            *(f"- {fact}" for fact in facts),
            "",
            table(rounds),
            "",
            "## Every figure of every round",
            "",
            everything(rounds),
            "",
        ]
    )
