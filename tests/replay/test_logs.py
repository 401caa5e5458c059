"""Logs are read without losing a line, whoever was where when they began."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatproject.replay.logs import Join, Leave, Say, Script, read_scripts
from chatproject.replay.run import read_files

LOGS = sorted((Path(__file__).parent.parent / "data" / "irc").glob("*.log"))


def script_of(*lines: str) -> Script:
    return read_scripts([("log", "\n".join(lines))])[0]


def acts_of(script: Script) -> list[object]:
    return [act for minute in script.minutes for act in minute.acts]


def test_what_was_said_is_kept_to_the_last_blank() -> None:
    script = script_of("[10:00] <alice>  two  blanks \t", "[10:00] <bob> <b>[x]</b> \ufeff")
    assert acts_of(script) == [Say("alice", " two  blanks \t"), Say("bob", "<b>[x]</b> \ufeff")]


def test_an_action_is_said_in_italics_with_its_text_whole() -> None:
    script = script_of("[10:00]  * alice waves *twice* ", "=== bob needs     sleep")
    assert acts_of(script) == [Say("alice", "*waves *twice* *"), Say("bob", "*needs     sleep*")]


def test_who_speaks_without_having_come_is_there_from_the_start() -> None:
    script = script_of("[10:00] <alice> hi", "=== bob has joined #ubuntu", "[10:01] <bob> hi")
    assert script.present == ["alice"]
    assert acts_of(script) == [Say("alice", "hi"), Join("bob"), Say("bob", "hi")]


def test_who_speaks_after_leaving_has_come_back() -> None:
    script = script_of("[10:00] <bob> bye", "=== bob has left #ubuntu", "=== bob has left #ubuntu", "[10:01] <bob> hi")
    assert acts_of(script) == [Say("bob", "bye"), Leave("bob"), Join("bob"), Say("bob", "hi")]


def test_a_second_joining_without_a_leaving_is_none() -> None:
    script = script_of("=== bob has joined #ubuntu", "=== bob has joined #Ubuntu")
    assert acts_of(script) == [Join("bob")]


def test_a_new_nick_is_the_same_person_in_all_files() -> None:
    first, second = read_scripts(
        [("one", "[10:00] <bob> a\n=== bob is now known as bob_\n[10:01] <bob_> b"), ("two", "[10:00] <bob_> c")]
    )
    assert acts_of(first) == [Say("bob", "a"), Say("bob", "b")]
    assert acts_of(second) == [Say("bob", "c")]


def test_a_nick_with_blanks_joins() -> None:
    assert acts_of(script_of("=== [B] bob   has joined #ubuntu")) == [Join("[B] bob")]


def test_minutes_grow_over_midnight_and_never_go_back() -> None:
    script = script_of("[23:59] <bob> a", "[00:01] <bob> b", "[00:00] <bob> c", "[00:02] <bob> d")
    assert [minute.at for minute in script.minutes] == [1439, 1441, 1442]


def test_a_line_with_nothing_to_see_is_counted_and_left_out() -> None:
    script = script_of("[10:00] <bob>     ", "[10:00] <bob>", "[10:00] <bob> x")
    assert (script.empty, script.lines) == (2, 1)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: str(path.stem))
def test_every_line_of_the_real_logs_is_played(path: Path) -> None:
    [script] = read_files([path])
    comings = re.compile(r"=== .* has (joined|left) #|=== \S+ is now known as \S+$")
    lines = path.read_bytes().decode(errors="replace").splitlines()
    assert script.lines + script.empty == sum(not comings.match(line) for line in lines)
