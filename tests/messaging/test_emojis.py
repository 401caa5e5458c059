"""What a reaction may be, and how many a message takes."""

from __future__ import annotations

import uuid

import pytest

from messaging.emojis import KINDS_MOST, OWN_MOST, REACTIONS_MOST, one_emoji, takes_reaction
from messaging.protocol import Reaction, ReactionAdded, ReactionRemoved

ALICE, PLACE = uuid.uuid4(), uuid.uuid4()
MANY = [chr(0x1F600 + number) for number in range(64)]


@pytest.mark.parametrize("text", ["👍", "👍🏽", "❤️", "1️⃣", "🏳️‍🌈", "👩‍👩‍👧‍👦", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"])
def test_one_emoji_is_one(text: str) -> None:
    assert one_emoji(text) == text


@pytest.mark.parametrize(("text", "known"), [("❤", "❤️"), ("☺", "☺️"), ("🏳‍🌈", "🏳️‍🌈")])
def test_two_ways_to_write_an_emoji_are_one(text: str, known: str) -> None:
    assert one_emoji(text) == known


@pytest.mark.parametrize(
    "text", ["", "a", "1", "👍👍", "👍 ", " 👍", "🏽", "\u200d", "\ufe0f", "🇩", "👍\u200d", "a👍", ":+1:"]
)
def test_anything_else_is_none(text: str) -> None:
    assert one_emoji(text) is None


def reaction(emoji: str, user: uuid.UUID = ALICE, kind: type[Reaction] = ReactionAdded) -> Reaction:
    return kind(conversation_id=PLACE, id=uuid.uuid4(), key=uuid.uuid4(), author_id=user, target=1, emoji=emoji)


def test_a_message_takes_so_many_kinds() -> None:
    full = [reaction(emoji, uuid.uuid4()) for emoji in MANY[:KINDS_MOST]]
    assert not takes_reaction(full, reaction("👍"))
    assert takes_reaction(full, reaction(MANY[0]))
    assert takes_reaction(full[1:], reaction("👍"))


def test_what_was_taken_back_is_no_kind_any_more_but_still_its_users() -> None:
    back = [reaction(emoji, kind=ReactionRemoved) for emoji in MANY[:OWN_MOST]]
    assert not takes_reaction(back, reaction("👍"))
    assert takes_reaction(back, reaction("👍", uuid.uuid4()))
    assert takes_reaction(back, reaction(MANY[0]))


def test_a_message_takes_so_many_in_all_and_taking_back_always_works() -> None:
    full = [reaction("👍", uuid.uuid4()) for _ in range(REACTIONS_MOST - 1)] + [reaction("👍")]
    assert not takes_reaction(full, reaction("👍", uuid.uuid4()))
    assert takes_reaction(full, reaction("👍", kind=ReactionRemoved))
