"""A clean history is clean, and each planted error is found by the check that is there for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.breaking import FAULTS
from tests.faults.checks import CHECKS, anomalies
from tests.faults.checks.unseen import heal_seconds
from tests.faults.history import FAIL, INFO, INVOKE, OK, Recorder, read_lines
from tests.faults.planted import ALICE, BOB, IDS, ROOM, Plant, Story, a_good_story, described
from tests.faults.run import judge


def lost(story: Story) -> None:
    """Nobody finds it any more."""
    for line in story.where(f="stored", seq=4):
        story.drop([line])
    for look in story.where(f="look"):
        story.change(look, seq=3, unread=look.unread - (look.who == BOB))


def undecided(story: Story) -> None:
    story.change(story.where(f="send", type=OK, seq=2)[0], type=INFO, seq=0)


def unreadable(story: Story) -> None:
    story.drop([*story.where(f="stored"), *story.where(f="look")])


def two_changes_under_one_number(story: Story) -> None:
    story.change(story.where(f="live", who=BOB, seq=3)[0], key="another key", digest="another")


def other_content_at_another_worker(story: Story) -> None:
    story.change(story.where(f="stored", who=BOB, by="worker2", seq=3)[0], digest="another")


def one_key_under_two_numbers(story: Story) -> None:
    story.tell(OK, "send", who=BOB, key="key 3", seq=5)


def a_hole(story: Story) -> None:
    story.drop(story.where(f="stored", who=ALICE, by="worker2", seq=2))


def told_twice(story: Story) -> None:
    line = story.where(f="live", who=BOB, seq=2)[0]
    story.tell(OK, "live", who=BOB, conn=1, **described(BOB, 2) | {"author": line.author})


def told_in_the_wrong_order(story: Story) -> None:
    first, second = (story.where(f="live", who=BOB, seq=seq)[0] for seq in (2, 3))
    first.at, second.at = second.at, first.at


def never_told(story: Story) -> None:
    story.drop(story.where(f="live", who=BOB, seq=3))


def never_told_the_last(story: Story) -> None:
    story.drop(story.where(f="live", who=BOB, seq=4))


def never_listened(story: Story) -> None:
    story.drop(story.where(f="began", who=BOB))


def never_said(story: Story) -> None:
    story.drop(story.where(f="send", key="key 3"))


def in_other_words(story: Story) -> None:
    story.change(story.where(f="send", key="key 3", type=INVOKE)[0], body="what was meant")


def by_somebody_else(story: Story) -> None:
    for line in (line for line in story.lines if line.key == "key 3" and line.kind):
        story.change(line, author=IDS[ALICE if line.author == IDS[BOB] else BOB])


def refused_and_shown(story: Story) -> None:
    story.change(story.where(f="send", key="key 3", type=OK)[0], type=FAIL)


def later_in_front(story: Story) -> None:
    """The fourth was acknowledged before the third began."""
    late = max(line.at for line in story.where(key="key 4", f="send"))
    story.change(story.where(f="send", key="key 3", type=INVOKE)[0], at=late + 0.01)
    story.change(story.where(f="send", key="key 3", type=OK)[0], at=late + 0.02)


def told_long_after(story: Story) -> None:
    story.change(story.where(f="live", who=BOB, seq=4)[0], at=story.where(f="fault", type=OK)[0].at + 11)


def wrong_unread(story: Story) -> None:
    story.change(story.where(f="look", who=BOB, by="worker2")[0], unread=7)


def one_worker_only(story: Story) -> None:
    story.drop([*story.where(f="look", by="worker2"), *story.where(f="stored", by="worker2")])


def mark_went_back(story: Story) -> None:
    story.change(story.where(f="look", who=BOB, by="worker2")[0], read=0, unread=2)


def mark_from_nowhere(story: Story) -> None:
    for look in story.where(f="look", who=ALICE):
        story.change(look, read=2, unread=1)


def told_after_removal(story: Story) -> None:
    removed(story)
    story.tell(OK, "live", after=3.0, who=BOB, conn=1, **described(ALICE, 5) | {"key": "key 4"})


def shown_after_removal(story: Story) -> None:
    removed(story)
    story.tell(OK, "peek", after=3.0, who=BOB)


def removed(story: Story) -> None:
    story.tell(INVOKE, "kick", who=BOB)
    story.tell(OK, "kick", who=BOB)


PLANTED: list[tuple[str, Plant]] = [
    ("lost", lost),
    ("lost", undecided),
    ("lost", unreadable),
    ("numbers", two_changes_under_one_number),
    ("numbers", other_content_at_another_worker),
    ("numbers", one_key_under_two_numbers),
    ("numbers", a_hole),
    ("order", told_twice),
    ("order", told_in_the_wrong_order),
    ("order", never_told),
    ("order", never_told_the_last),
    ("order", never_listened),
    ("phantom", never_said),
    ("phantom", in_other_words),
    ("phantom", by_somebody_else),
    ("phantom", refused_and_shown),
    ("real time", later_in_front),
    ("unseen", told_long_after),
    ("unread", wrong_unread),
    ("unread", one_worker_only),
    ("unread", mark_went_back),
    ("unread", mark_from_nowhere),
    ("revocation", told_after_removal),
    ("revocation", shown_after_removal),
]


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
    again = story.where(f="send", key="key 3", type=OK)[0].at - 0.5
    story.lines += [
        type(line)(at=again, type=INFO, f="send", who=line.who, room=ROOM, key=line.key)
        for line in story.where(f="send", key="key 3", type=INVOKE)
    ]
    assert anomalies(story.run()) == []


def test_what_is_told_within_the_bound_after_a_removal_or_after_coming_back_is_no_error() -> None:
    story = a_good_story()
    removed(story)
    story.tell(OK, "live", after=1.0, who=BOB, conn=1, **described(ALICE, 5))
    story.tell(INVOKE, "add", who=BOB)
    story.tell(OK, "live", after=5.0, who=BOB, conn=1, **described(ALICE, 6))
    assert list(CHECKS["revocation"](story.run())) == []


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
    assert judge(fault, path, 4).is_green
    assert "only 4 of 5" in judge(fault, path, 5).invalid[0]
    story.tell(OK, "spread", room="", by="worker2", seq=0)
    assert judge(fault, recorded(story, path), 4).invalid == ["a worker held no socket"]
    story.drop([*story.where(f="spread"), *story.where(f="fault", type=INFO)])
    story.tell(OK, "spread", room="", by="worker1", seq=2)
    assert judge(fault, recorded(story, path), 4).invalid == ["nothing shows that the fault happened"]


def test_a_history_reads_back_as_it_was_written(tmp_path: Path) -> None:
    story = a_good_story()
    lines = list(read_lines(recorded(story, tmp_path / "history.jsonl")))
    assert [(line.type, line.f, line.seq, line.body) for line in lines] == [
        (line.type, line.f, line.seq, line.body) for line in story.lines
    ]
