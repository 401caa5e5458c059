"""Errors about what people did beside talking."""

from __future__ import annotations

from tests.faults.history import FAIL, INFO, INVOKE, OK
from tests.faults.planted.story import ALICE, BOB, GONE, IDS, ROOM, Plant, Story


def undecided_reaction(story: Story) -> None:
    story.change(story.where(f="write", type=OK, kind="reaction.added")[0], type=INFO, seq=0)


def lost_edit(story: Story) -> None:
    story.drop([*story.where(f="stored", kind="message.edited", target=2)])


def acknowledged_and_then_refused(story: Story) -> None:
    story.tell(FAIL, "write", who=ALICE, key="key 5")


def a_deletion_that_changed_more(story: Story) -> None:
    story.change(story.where(f="stored", who=BOB, by="worker2", seq=GONE)[0], core="another")


def for_another_message(story: Story) -> None:
    for line in (line for line in story.lines if line.kind == "message.edited" and line.target == 2 and line.author):
        story.change(line, target=1)


def another_reaction(story: Story) -> None:
    for line in (line for line in story.lines if line.kind == "reaction.added" and line.body == "+" and line.author):
        story.change(line, body="-")


def names_nobody(story: Story) -> None:
    for line in story.lines:
        if line.mentions == [IDS[BOB]]:
            story.change(line, mentions=[])


def names_all_unasked(story: Story) -> None:
    for line in story.where(seq=4, author=IDS[ALICE]):
        story.change(line, mentions=["all"])


def forwarded_in_other_words(story: Story) -> None:
    for line in (line for line in story.lines if line.source and line.author):
        story.change(line, body="what was never said")


def forwarded_from_somebody_else(story: Story) -> None:
    for line in (line for line in story.lines if line.source and line.author):
        story.change(line, source=f"{ROOM} 2 {IDS[BOB]}")


def wrong_mentions(story: Story) -> None:
    story.change(story.where(f="look", who=BOB, by="worker1")[0], mentioned=1)


def an_edit_in_front(story: Story) -> None:
    """The deletion was acknowledged before the edit began, and has the higher number."""
    late = max(line.at for line in story.where(key="key 13", f="write"))
    story.change(story.where(f="write", key="key 12", type=INVOKE)[0], at=late + 0.01)
    story.change(story.where(f="write", key="key 12", type=OK)[0], at=late + 0.02)


def reaction_told_long_after(story: Story) -> None:
    line = story.where(f="live", who=BOB, kind="reaction.added")[0]
    story.change(line, at=story.where(f="fault", type=OK)[0].at + 11)


PLANTED: list[tuple[str, Plant]] = [
    ("lost", undecided_reaction),
    ("lost", lost_edit),
    ("lost", acknowledged_and_then_refused),
    ("numbers", a_deletion_that_changed_more),
    ("phantom", for_another_message),
    ("phantom", another_reaction),
    ("phantom", names_nobody),
    ("phantom", names_all_unasked),
    ("phantom", forwarded_in_other_words),
    ("phantom", forwarded_from_somebody_else),
    ("real time", an_edit_in_front),
    ("unseen", reaction_told_long_after),
    ("unread", wrong_mentions),
]
