"""A small history in which all is well; and errors to plant into it, each with the check that is there for it."""

from __future__ import annotations

from tests.faults.history import MESSAGE, OK
from tests.faults.planted import attendance, channel, deeds, messages, shown
from tests.faults.planted.story import HAPPENINGS, Story, people_look, people_talk

__all__ = ["MESSAGES", "PLANTED", "a_good_story"]

MESSAGES = sum(one.kind == MESSAGE for one in HAPPENINGS) + len(channel.SAID)
PLANTED = [*messages.PLANTED, *deeds.PLANTED, *shown.PLANTED, *channel.PLANTED, *attendance.PLANTED]


def a_good_story() -> Story:
    """People talk in a room and in a channel, a fault comes and goes, and everybody looks at everything."""
    story = Story()
    attendance.people_come(story)
    people_talk(story)
    channel.owner_posts(story)
    attendance.the_ghost_goes(story)
    story.tell(OK, "fault", room="")
    attendance.all_is_quiet(story)
    people_look(story)
    channel.readers_open(story)
    return story
