"""Errors about what is shown of a message."""

from __future__ import annotations

from tests.faults.history import OK
from tests.faults.planted.story import ALICE, BOB, GONE, PINNED, Plant, Story, described


def deleted_text_in_a_page(story: Story) -> None:
    story.change(story.where(f="stored", who=BOB, by="worker2", seq=GONE)[0], **described(GONE))


def deleted_text_in_a_page_on_the_way(story: Story) -> None:
    """A client that fetches what it misses."""
    acked = story.where(f="write", type=OK, kind="message.deleted")[0].at
    story.change(story.tell(OK, "fetched", who=BOB, **described(GONE)), at=acked + 0.05, asked=acked + 0.01)


def deleted_text_of_an_edit(story: Story) -> None:
    line = story.where(f="stored", who=BOB, by="worker1", kind="message.edited", target=GONE)[0]
    story.change(line, body="body 3 again")


def deleted_text_in_a_version(story: Story) -> None:
    story.change(story.where(f="version")[0], body="body 3")


def an_old_preview(story: Story) -> None:
    story.change(story.where(f="preview", who=BOB)[0], seq=4, body="body 4")


def a_page_without_the_edit(story: Story) -> None:
    story.drop([line for line in story.where(f="beside", who=BOB, by="worker1") if line.kind == "message.edited"])


def a_page_without_the_reaction(story: Story) -> None:
    story.drop(story.where(f="beside", who=BOB, by="worker2", kind="reaction.added", body="+"))


def a_page_that_pins_what_was_taken_down(story: Story) -> None:
    story.drop(story.where(f="beside", who=ALICE, by="worker2", kind="message.unpinned"))
    for line in story.where(f="pins"):
        story.change(line, seqs=[PINNED])


def never_told_of_an_edit(story: Story) -> None:
    story.drop(story.where(f="live", who=BOB, kind="message.edited", target=2))


def told_of_another_reaction(story: Story) -> None:
    story.change(story.where(f="live", who=BOB, kind="reaction.added", body="+")[0], body="-")


def a_pin_too_many(story: Story) -> None:
    story.change(story.where(f="pins")[0], seqs=[1, PINNED])


def a_pin_too_few(story: Story) -> None:
    story.change(story.where(f="pins")[1], seqs=[])


PLANTED: list[tuple[str, Plant]] = [
    ("deleted", deleted_text_in_a_page),
    ("deleted", deleted_text_in_a_page_on_the_way),
    ("deleted", deleted_text_of_an_edit),
    ("deleted", deleted_text_in_a_version),
    ("deleted", an_old_preview),
    ("folded", a_page_without_the_edit),
    ("folded", a_page_without_the_reaction),
    ("folded", a_page_that_pins_what_was_taken_down),
    ("folded", never_told_of_an_edit),
    ("folded", told_of_another_reaction),
    ("folded", a_pin_too_many),
    ("folded", a_pin_too_few),
]
