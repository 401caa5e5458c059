"""Errors about what people said."""

from __future__ import annotations

from tests.faults.history import FAIL, INFO, INVOKE, OK
from tests.faults.planted.story import ALICE, BOB, HEAD, IDS, Plant, Story, described


def lost(story: Story) -> None:
    """Nobody finds it any more."""
    story.drop(story.where(f="stored", seq=HEAD))
    for look in story.where(f="look"):
        story.change(look, seq=HEAD - 1, unread=look.unread - (look.who == BOB))


def undecided(story: Story) -> None:
    story.change(story.where(f="write", type=OK, seq=2)[0], type=INFO, seq=0)


def unreadable(story: Story) -> None:
    story.drop([*story.where(f="stored"), *story.where(f="look")])


def two_changes_under_one_number(story: Story) -> None:
    story.change(story.where(f="live", who=BOB, seq=3)[0], key="another key", digest="another")


def other_content_at_another_worker(story: Story) -> None:
    story.change(story.where(f="stored", who=BOB, by="worker2", seq=3)[0], digest="another")


def one_key_under_two_numbers(story: Story) -> None:
    story.tell(OK, "write", who=BOB, key="key 3", seq=5)


def a_hole(story: Story) -> None:
    story.drop(story.where(f="stored", who=ALICE, by="worker2", seq=2))


def told_twice(story: Story) -> None:
    story.tell(OK, "live", who=BOB, conn=1, **described(2))


def told_in_the_wrong_order(story: Story) -> None:
    first, second = (story.where(f="live", who=BOB, seq=seq)[0] for seq in (2, 3))
    first.at, second.at = second.at, first.at


def never_told(story: Story) -> None:
    story.drop(story.where(f="live", who=BOB, seq=3))


def never_told_the_last(story: Story) -> None:
    story.drop(story.where(f="live", who=BOB, seq=HEAD))


def never_listened(story: Story) -> None:
    story.drop(story.where(f="began", who=BOB))


def never_said(story: Story) -> None:
    story.drop(story.where(f="write", key="key 3"))


def in_other_words(story: Story) -> None:
    story.change(story.where(f="write", key="key 3", type=INVOKE)[0], body="what was meant")


def by_somebody_else(story: Story) -> None:
    for line in (line for line in story.lines if line.key == "key 3" and line.kind):
        story.change(line, author=IDS[ALICE if line.author == IDS[BOB] else BOB])


def refused_and_shown(story: Story) -> None:
    story.change(story.where(f="write", key="key 3", type=OK)[0], type=FAIL)


def later_in_front(story: Story) -> None:
    """The fourth was acknowledged before the third began."""
    late = max(line.at for line in story.where(key="key 4", f="write"))
    story.change(story.where(f="write", key="key 3", type=INVOKE)[0], at=late + 0.01)
    story.change(story.where(f="write", key="key 3", type=OK)[0], at=late + 0.02)


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
    story.tell(OK, "live", after=3.0, who=BOB, conn=1, **described(4))


def told_of_marks_after_removal(story: Story) -> None:
    removed(story)
    story.tell(OK, "receipts", after=3.0, who=BOB, author=IDS[ALICE], read=4)


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
    ("revocation", told_of_marks_after_removal),
    ("revocation", shown_after_removal),
]
