"""A clean history is clean, and each planted error is found by the check that is there for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.breaking import FAULTS
from tests.faults.checks import CHECKS, anomalies
from tests.faults.checks.unseen import heal_seconds
from tests.faults.history import INFO, INVOKE, OK, Recorder, read_lines
from tests.faults.planted import MESSAGES, PLANTED, a_good_story
from tests.faults.planted.messages import removed
from tests.faults.planted.story import BOB, IDS, ROOM, WORKERS, Plant, Story, described
from tests.faults.run import judge


def test_a_clean_history_is_clean() -> None:
    assert anomalies(a_good_story().run()) == []


@pytest.mark.parametrize(("check", "plant"), PLANTED, ids=[plant.__name__ for _, plant in PLANTED])
def test_a_planted_error_is_found(check: str, plant: Plant) -> None:
    story = a_good_story()
    plant(story)
    assert list(CHECKS[check](story.run()))


def test_every_check_has_been_tried() -> None:
    assert {check for check, _ in PLANTED} == set(CHECKS)


def test_what_may_or_may_not_have_happened_is_no_error() -> None:
    story = a_good_story()
    again = story.where(f="write", key="key 3", type=OK)[0].at - 0.5
    story.lines += [
        type(line)(at=again, type=INFO, f="write", who=line.who, room=ROOM, key=line.key)
        for line in story.where(f="write", key="key 3", type=INVOKE)
    ]
    assert anomalies(story.run()) == []


def test_what_is_told_within_the_bound_after_a_removal_or_after_coming_back_is_no_error() -> None:
    story = a_good_story()
    removed(story)
    story.tell(OK, "live", after=1.0, who=BOB, conn=1, **described(5))
    story.tell(INVOKE, "add", who=BOB)
    story.tell(OK, "live", after=5.0, who=BOB, conn=1, **described(6))
    assert list(CHECKS["revocation"](story.run())) == []


def test_who_is_away_for_a_moment_when_receipts_are_asked_for_is_no_error() -> None:
    """As when a proxy that was reloaded ends what it still holds, half a minute later."""
    story = a_good_story()
    asked = story.where(f="reached", author=IDS[BOB], by=WORKERS[1])[0]
    story.change(asked, seq=2)
    assert list(CHECKS["receipts"](story.run()))
    story.change(story.tell(INFO, "close", room="", who=BOB), at=asked.at - 1.5)
    assert list(CHECKS["receipts"](story.run())) == []
    story.change(asked, read=asked.read + 1)
    assert list(CHECKS["receipts"](story.run()))


def test_healing_is_measured_from_the_end_of_the_fault() -> None:
    story = a_good_story()
    healed = story.where(f="fault", type=OK)[0].at
    story.change(story.where(f="live", who=BOB, seq=4)[0], at=healed + 2.5)
    assert heal_seconds(story.run()) == pytest.approx(2.5)


def recorded(story: Story, path: Path) -> Path:
    """As a run would have written it."""
    recorder = Recorder(path)
    for line in story.lines:
        what = {name: getattr(line, name) for name in line.__struct_fields__ if name not in ("at", "type", "f")}
        recorder.note(line.type, line.f, **what)
    recorder.close()
    return path


def test_a_run_is_green_only_with_enough_sends_a_fault_that_showed_and_a_socket_at_each_worker(tmp_path: Path) -> None:
    fault = FAULTS["worker_killed"]
    story = a_good_story()
    story.tell(OK, "spread", room="", by="worker1", seq=2)
    path = recorded(story, tmp_path / "history.jsonl")
    assert judge(fault, path, MESSAGES).is_green
    assert f"only {MESSAGES} of {MESSAGES + 1}" in judge(fault, path, MESSAGES + 1).invalid[0]
    story.tell(OK, "spread", room="", by="worker2", seq=0)
    assert judge(fault, recorded(story, path), MESSAGES).invalid == ["a worker held no socket"]
    story.drop([*story.where(f="spread"), *story.where(f="fault", type=INFO)])
    story.tell(OK, "spread", room="", by="worker1", seq=2)
    assert judge(fault, recorded(story, path), MESSAGES).invalid == ["nothing shows that the fault happened"]


def test_a_history_reads_back_as_it_was_written(tmp_path: Path) -> None:
    story = a_good_story()
    lines = list(read_lines(recorded(story, tmp_path / "history.jsonl")))
    assert [(line.type, line.f, line.seq, line.body) for line in lines] == [
        (line.type, line.f, line.seq, line.body) for line in story.lines
    ]
