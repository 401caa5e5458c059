"""Who is connected, and how far they have read; and errors about it."""

from __future__ import annotations

from tests.faults.checks import presence
from tests.faults.history import INFO, INVOKE, OK
from tests.faults.planted.story import ALICE, BOB, IDS, ROOM, WORKERS, Plant, Story
from tests.faults.told import CONNECTED

GHOST = "ghost"
EVERYBODY = {**IDS, GHOST: "id of the ghost"}
# How far they have read in the end; Bob is told of it.
READ = {ALICE: 0, BOB: 1}


def people_come(story: Story) -> None:
    """Bob watches them all."""
    for who, user_id in EVERYBODY.items():
        story.tell(OK, "open", room="", who=who, author=user_id)
    for user_id in EVERYBODY.values():
        story.tell(OK, "seen", room="", who=BOB, author=user_id, body="online")
    story.tell(OK, "shows", who=BOB)
    story.tell(INVOKE, "receipts", who=BOB)
    for who in IDS:
        story.tell(OK, "receipts", who=BOB, author=IDS[who], seq=CONNECTED)


def the_ghost_goes(story: Story) -> None:
    story.tell(INFO, "close", room="", who=GHOST)
    story.tell(OK, "seen", room="", who=BOB, author=EVERYBODY[GHOST], body="offline")
    story.tell(OK, "receipts", who=BOB, author=IDS[BOB], read=READ[BOB], seq=CONNECTED)


def all_is_quiet(story: Story) -> None:
    """The owner asks who has read how far."""
    story.tell(OK, "settled", after=presence.SECONDS + 1, room="")
    for by in WORKERS:
        for who, read in READ.items():
            story.tell(OK, "reached", who=ALICE, by=by, author=IDS[who], read=read, seq=CONNECTED)


def never_seen_to_go(story: Story) -> None:
    story.drop(story.where(f="seen", author=EVERYBODY[GHOST], body="offline"))


def seen_to_go_too_late(story: Story) -> None:
    for line in story.where(f="seen", author=EVERYBODY[GHOST], body="offline"):
        story.change(line, at=story.where(f="settled")[0].at + 0.5)


def a_survivor_seen_to_go(story: Story) -> None:
    at = story.where(f="settled")[0].at
    story.change(story.tell(OK, "seen", who=BOB, author=IDS[ALICE], body="offline"), at=at - 0.5)


def never_told_of_somebody(story: Story) -> None:
    story.drop(story.where(f="seen", author=IDS[ALICE]))


def a_mark_not_told(story: Story) -> None:
    story.drop(story.where(f="receipts", read=READ[BOB]))


def taken_for_absent(story: Story) -> None:
    story.change(story.where(f="receipts", author=IDS[ALICE])[0], seq=2)


def somebody_left_out(story: Story) -> None:
    """By a whole that comes later."""
    at = story.where(f="settled")[0].at
    story.change(story.tell(INVOKE, "receipts", room=ROOM, who=BOB), at=at - 2)
    told = story.tell(OK, "receipts", room=ROOM, who=BOB, author=IDS[BOB], read=READ[BOB], seq=CONNECTED)
    story.change(told, at=at - 1)


def never_told_of_marks(story: Story) -> None:
    story.drop(story.where(f="receipts"))


def another_mark_through_rest(story: Story) -> None:
    story.change(story.where(f="reached", author=IDS[BOB], by=WORKERS[1])[0], read=2)


PLANTED: list[tuple[str, Plant]] = [
    ("presence", never_seen_to_go),
    ("presence", seen_to_go_too_late),
    ("presence", a_survivor_seen_to_go),
    ("presence", never_told_of_somebody),
    ("receipts", a_mark_not_told),
    ("receipts", taken_for_absent),
    ("receipts", somebody_left_out),
    ("receipts", never_told_of_marks),
    ("receipts", another_mark_through_rest),
]
