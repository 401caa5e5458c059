"""IRC logs as IRC clients keep them, read into who does what in which minute. Pure; loses no line.

Nicks joined by "is now known as" are one person, in all the files together. Who speaks without having come is there
from the start; who speaks after having left has come back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Union

from messaging.markup import render, shows_nothing

_CLOCK = re.compile(r"\[(\d\d):(\d\d)\] (.*)", re.DOTALL)
_SAID = re.compile(r"<([^>]+)> ?(.*)", re.DOTALL)
_DID = re.compile(r" \* (\S+) ?(.*)", re.DOTALL)
_JOINED = re.compile(r"=== (.+?) +has joined #\S+")
_LEFT = re.compile(r"=== (.+?) +has left #\S+.*")
_RENAMED = re.compile(r"=== (\S+) is now known as (\S+)")
_DID_UNTIMED = re.compile(r"=== (\S+) (.*)", re.DOTALL)
DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Say:
    nick: str
    body: str


@dataclass(frozen=True, slots=True)
class Join:
    nick: str


@dataclass(frozen=True, slots=True)
class Leave:
    nick: str


@dataclass(frozen=True, slots=True)
class Rename:
    nick: str
    to: str


Act = Union[Say, Join, Leave]
Read = Union[Say, Join, Leave, Rename]


@dataclass(slots=True)
class Minute:
    """What happened in one minute, in order. `at` counts minutes and grows over midnight."""

    at: int
    acts: list[Act] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    """One file. Nicks are those of `people`, one a person. `empty`: lines with nothing to see in them, not played."""

    name: str
    present: list[str]
    minutes: list[Minute]
    empty: int

    @property
    def lines(self) -> int:
        return sum(isinstance(act, Say) for minute in self.minutes for act in minute.acts)

    @property
    def people(self) -> list[str]:
        nicks = [act.nick for minute in self.minutes for act in minute.acts]
        return list(dict.fromkeys([*self.present, *nicks]))


def read_scripts(files: Iterable[tuple[str, str]]) -> list[Script]:
    """`files` are names and texts."""
    read = [(name, list(_read_lines(text))) for name, text in files]
    names = _one_name_each(item for _, lines in read for _, item in lines)
    return [_script(name, lines, names) for name, lines in read]


def _read_lines(text: str) -> Iterable[tuple[int, Read]]:
    """Lines with their minute; one without a clock belongs to the minute before it."""
    at = None
    for line in text.split("\n"):
        line = line.removesuffix("\r")
        if clock := _CLOCK.fullmatch(line):
            at = _later(at, int(clock[1]) * 60 + int(clock[2]))
        item = _read_line(clock[3] if clock else line, timed=bool(clock))
        if item:
            yield at or 0, item


def _later(before: int | None, clock: int) -> int:
    """A clock that jumps back by half a day has passed midnight; one that jumps back less was set."""
    if before is None:
        return clock
    at = before - before % DAY_MINUTES + clock
    if before - at > DAY_MINUTES // 2:
        at += DAY_MINUTES
    return max(at, before)


def _read_line(line: str, *, timed: bool) -> Read | None:
    if timed:
        if said := _SAID.fullmatch(line):
            return Say(said[1], said[2])
        return _did(_DID.fullmatch(line))
    if joined := _JOINED.fullmatch(line):
        return Join(joined[1])
    if left := _LEFT.fullmatch(line):
        return Leave(left[1])
    if renamed := _RENAMED.fullmatch(line):
        return Rename(renamed[1], renamed[2])
    return _did(_DID_UNTIMED.fullmatch(line))


def _did(match: re.Match[str] | None) -> Say | None:
    """An action is said in italics, and the text between the stars is as it was."""
    if match is None:
        return None
    return Say(match[1], f"*{match[2]}*" if match[2] else "")


def _one_name_each(items: Iterable[Read]) -> dict[str, str]:
    """Each nick to its person's first nick."""
    first: dict[str, str] = {}

    def find(nick: str) -> str:
        while first.setdefault(nick, nick) != nick:
            nick = first[nick]
        return nick

    for item in items:
        find(item.nick)
        if isinstance(item, Rename) and find(item.to) != find(item.nick):
            first[find(item.to)] = find(item.nick)
    return {nick: find(nick) for nick in list(first)}


def _script(name: str, lines: list[tuple[int, Read]], names: dict[str, str]) -> Script:
    script = Script(name, present=[], minutes=[], empty=0)
    seen: set[str] = set()
    inside: set[str] = set()
    for at, item in lines:
        nick = names[item.nick]
        if nick not in seen and not isinstance(item, Join):
            script.present.append(nick)
            inside.add(nick)
        seen.add(nick)
        for act in _acts(item, nick, inside):
            if isinstance(act, Say) and shows_nothing(act.body, render(act.body)):
                script.empty += 1
                continue
            if not script.minutes or script.minutes[-1].at != at:
                script.minutes.append(Minute(at))
            script.minutes[-1].acts.append(act)
    return script


def _acts(item: Read, nick: str, inside: set[str]) -> Iterable[Act]:
    """What it means for the person: logs leave out some comings and goings, and note others twice."""
    if isinstance(item, Leave):
        if nick in inside:
            inside.discard(nick)
            yield Leave(nick)
        return
    if nick not in inside:
        inside.add(nick)
        yield Join(nick)
    if isinstance(item, Say):
        yield Say(nick, item.body)
