"""A channel that one shows, another not before all is over, and a third now and then; and errors about it."""

from __future__ import annotations

from typing import Any

from tests.faults.history import INVOKE, MESSAGE, OK
from tests.faults.planted.story import ALICE, BOB, IDS, WORKERS, Plant, Story

CHANNEL, CAROL = "channel", "carol"
CAROLS_ID = "id of carol"
ROLES = {ALICE: "owner", BOB: "hinted", CAROL: "glancing"}
# What its owner says in it; Carol looks while the first is said, and not any more when the others are.
SAID = ("one", "two @all", "three")
HEAD = len(SAID)
REST_SECONDS = 7.0


def described(seq: int) -> dict[str, Any]:
    is_to_all = "@all" in SAID[seq - 1]
    return {
        **asked(seq),
        "seq": seq,
        "author": IDS[ALICE],
        "mentions": ["all"] * is_to_all,
        "digest": f"digest {seq}",
        "core": f"core {seq}",
    }


def asked(seq: int) -> dict[str, Any]:
    return {"room": CHANNEL, "key": f"channel {seq}", "kind": MESSAGE, "body": SAID[seq - 1]}


def hint(above: int, head: int) -> dict[str, Any]:
    told = [" ".join([str(seq), IDS[ALICE], *described(seq)["mentions"]]) for seq in range(above + 1, head + 1)]
    return {"room": CHANNEL, "above": above, "seq": head, "hints": told}


def owner_posts(story: Story) -> None:
    for who, role in ROLES.items():
        story.tell(OK, "room", who=who, room=CHANNEL, body=who, author=IDS.get(who, CAROLS_ID), role=role)
        story.tell(OK, "began", who=who, room=CHANNEL, seq=0)
        story.tell(OK, "stands", who=who, room=CHANNEL, seq=0)
    for who in (ALICE, CAROL):
        story.tell(OK, "shows", who=who, room=CHANNEL)
    for seq in range(1, HEAD + 1):
        story.tell(INVOKE, "write", who=ALICE, **asked(seq))
        story.tell(OK, "write", who=ALICE, room=CHANNEL, key=f"channel {seq}", kind=MESSAGE, seq=seq)
        for who in (ALICE, CAROL) if seq == 1 else (ALICE,):
            story.tell(OK, "live", after=0.1, who=who, conn=1, **described(seq))
        if seq == 1:
            story.tell(OK, "hinted", after=0.1, who=BOB, conn=1, **hint(0, 1))
            story.tell(OK, "shows", after=0.1, who=CAROL, room="")
    for who in (BOB, CAROL):
        story.tell(OK, "hinted", after=0.1, who=who, conn=1, **hint(1, HEAD))


def readers_open(story: Story) -> None:
    for who, known in ((BOB, 0), (CAROL, 1)):
        story.tell(OK, "shows", after=REST_SECONDS, who=who, room=CHANNEL)
        for seq in range(known + 1, HEAD + 1):
            story.tell(OK, "fetched", after=0.1, who=who, conn=1, **described(seq))
    for by in WORKERS:
        for who in ROLES:
            for seq in range(1, HEAD + 1):
                story.tell(OK, "stored", after=0.1, who=who, by=by, **described(seq))
            story.tell(OK, "preview", who=who, by=by, room=CHANNEL, seq=HEAD, body=SAID[-1])
            unread = 0 if who == ALICE else HEAD
            story.tell(OK, "look", who=who, by=by, room=CHANNEL, seq=HEAD, unread=unread, mentioned=unread and 1)


def _hints(story: Story, who: str) -> list[Any]:
    return story.where(f="hinted", who=who, seq=HEAD)


def never_hinted_at_the_last(story: Story) -> None:
    for line in _hints(story, BOB):
        story.change(line, **hint(1, HEAD - 1))


def never_hinted(story: Story) -> None:
    story.drop(story.where(f="hinted", who=BOB))


def hinted_at_too_few(story: Story) -> None:
    line = _hints(story, CAROL)[0]
    story.change(line, hints=line.hints[:1])


def hinted_at_too_many(story: Story) -> None:
    line = _hints(story, BOB)[0]
    story.change(line, hints=[*hint(0, 1)["hints"], *line.hints])


def hinted_without_the_mention(story: Story) -> None:
    line = _hints(story, BOB)[0]
    story.change(line, hints=[text.removesuffix(" all") for text in line.hints])


def told_what_is_not_shown(story: Story) -> None:
    at = _hints(story, BOB)[0].at
    story.change(story.tell(OK, "live", who=BOB, conn=1, **described(HEAD)), at=at + 0.1)


def not_found_when_opened(story: Story) -> None:
    story.drop(story.where(f="fetched", who=BOB, room=CHANNEL, seq=HEAD))


def hinted_long_after(story: Story) -> None:
    late = story.where(f="fault", type=OK)[0].at + 11
    for line in _hints(story, BOB):
        story.change(line, at=late)


def glanced_long_after(story: Story) -> None:
    late = story.where(f="fault", type=OK)[0].at + 11
    for line in [*_hints(story, CAROL), *story.where(f="fetched", who=CAROL)]:
        story.change(line, at=late)


def posted_by_a_reader(story: Story) -> None:
    story.tell(INVOKE, "write", who=BOB, room=CHANNEL, key="channel 3", kind=MESSAGE, body="mine")
    for line in story.where(key="channel 3", f="stored"):
        story.change(line, author=IDS[BOB])


PLANTED: list[tuple[str, Plant]] = [
    ("hints", never_hinted_at_the_last),
    ("hints", never_hinted),
    ("hints", hinted_at_too_few),
    ("hints", hinted_at_too_many),
    ("hints", hinted_without_the_mention),
    ("hints", told_what_is_not_shown),
    ("order", not_found_when_opened),
    ("unseen", hinted_long_after),
    ("unseen", glanced_long_after),
    ("phantom", posted_by_a_reader),
]
