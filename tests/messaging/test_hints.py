"""A channel's changes: whole to who shows it, one hint a second to who is only connected, exact for both."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from messaging import room as room_module
from messaging.hub import Hub
from messaging.protocol import Change, ConversationRenamed, MemberJoined, MessageDeleted, MessageEdited, MessageSent
from messaging.protocol import encode as encoded
from messaging.room import FEW, Connection, Numbered
from tests.messaging.conftest import RememberingOutlet

ALICE, BOB, CAROL, PLACE, OTHER = (uuid.uuid4() for _ in range(5))


async def no_gap(conversation_id: uuid.UUID, after: int) -> Sequence[Numbered]:
    raise AssertionError("nothing is missing")


@pytest.fixture
def hub() -> Hub:
    return Hub(no_gap)


def arrive(hub: Hub, user_id: uuid.UUID, *, shows: bool = False) -> tuple[Connection, RememberingOutlet]:
    outlet = RememberingOutlet()
    connection = Connection(user_id, "session:1", outlet)
    hub.enter(connection, [PLACE])
    hub.make_channel(PLACE)
    if shows:
        hub.watch(connection, PLACE)
    return connection, outlet


def give(hub: Hub, kind: Callable[..., Change], seq: int, **fields: Any) -> None:
    about = {"conversation_id": PLACE, "id": uuid.uuid4(), "key": uuid.uuid4(), "author_id": ALICE}
    change = kind(**about, seq=seq, sent_at=f"2026-01-02T03:04:{seq:02}.000000Z", **fields)
    hub.deliver(PLACE, [(seq, encoded(change))])


def say(hub: Hub, seq: int, body: str = "hello", **fields: Any) -> None:
    give(hub, MessageSent, seq, body=body, **fields)


async def told(outlet: RememberingOutlet, frames: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(5):
        while len(outlet.frames) < frames:  # noqa: ASYNC110  # the outlet is the event
            await asyncio.sleep(0.001)
    return [json.loads(frame) for frame in outlet.frames]


def seqs(frames: Sequence[dict[str, Any]]) -> list[int]:
    return [frame["seq"] for frame in frames]


async def test_who_shows_a_channel_gets_all_of_it_and_the_others_one_hint(hub: Hub) -> None:
    (_, looker), (_, other) = arrive(hub, BOB, shows=True), arrive(hub, CAROL)
    for seq in range(1, 21):
        say(hub, seq, f"line {seq}")
    assert seqs(await told(looker, 20)) == list(range(1, 21))
    [hint] = await told(other, 1)
    assert (hint["type"], hint["after"], hint["head"]) == ("conversation.hinted", 0, 20)
    assert hint["messages"] == [{"seq": seq, "author_id": str(ALICE)} for seq in range(1, 21)]
    assert [(one["seq"], one["text"]) for one in hint["previews"]] == [(20, "line 20")]
    assert hint["last_at"] == "2026-01-02T03:04:20.000000Z"


async def test_hints_are_a_second_apart_and_leave_nothing_out(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_module, "HINT_SECONDS", 0.1)
    _, other = arrive(hub, CAROL)
    begun_at = asyncio.get_running_loop().time()
    say(hub, 1)
    await told(other, 1)
    for seq in range(2, 30):
        say(hub, seq)
        await asyncio.sleep(0.001)
    hints = await told(other, 1)
    while hints[-1]["head"] < 29:
        hints = await told(other, len(hints) + 1)
    seconds = asyncio.get_running_loop().time() - begun_at
    assert [hint["after"] for hint in hints] == [0, *(hint["head"] for hint in hints[:-1])]
    assert seqs([one for hint in hints for one in hint["messages"]]) == list(range(1, 30))
    assert len(hints) - 1 <= seconds / 0.1


async def test_what_says_something_of_the_channel_itself_reaches_everybody_behind_what_was_before(hub: Hub) -> None:
    (_, looker), (_, other) = arrive(hub, BOB, shows=True), arrive(hub, CAROL)
    say(hub, 1)
    give(hub, ConversationRenamed, 2, name="New")
    say(hub, 3)
    frames = await told(other, 3)
    assert [frame["type"] for frame in frames] == ["conversation.hinted", "conversation.renamed", "conversation.hinted"]
    assert seqs([*frames[0]["messages"], *frames[2]["messages"]]) == [1, 3]
    assert seqs(await told(looker, 3)) == [1, 2, 3]


async def test_a_hint_knows_mentions_edits_and_deletions_and_counts_no_comings(hub: Hub) -> None:
    _, other = arrive(hub, CAROL)
    say(hub, 1, "for carol", mentions=[CAROL])
    say(hub, 2, "for all", mentions_all=True)
    give(hub, MessageEdited, 3, target=2, body="for **all**", html="<p>for <strong>all</strong></p>")
    give(hub, MemberJoined, 4, user_id=BOB)
    give(hub, MessageDeleted, 5, target=1)
    [hint] = await told(other, 1)
    by = {"author_id": str(ALICE)}
    assert hint["messages"] == [
        {"seq": 1, **by, "mentions": [str(CAROL)]},
        {"seq": 2, **by, "mentions_all": True},
    ]
    assert hint["head"] == 5
    assert {one["seq"]: (one["text"], one.get("deleted", False)) for one in hint["previews"]} == {
        2: ("for all", False),
        1: ("", True),
    }


async def test_who_begins_to_look_is_told_what_was_before_and_then_all(hub: Hub) -> None:
    connection, outlet = arrive(hub, CAROL)
    say(hub, 1)
    await told(outlet, 1)
    say(hub, 2)  # waits for its second
    hub.watch(connection, PLACE)
    say(hub, 3)
    frames = await told(outlet, 3)
    assert [(frame["type"], frame.get("head", frame.get("seq"))) for frame in frames] == [
        ("conversation.hinted", 1),
        ("conversation.hinted", 2),
        ("message.sent", 3),
    ]


async def test_while_all_look_nothing_is_gathered_and_who_turns_away_is_hinted_from_there_on(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_module, "HINT_SECONDS", 0.1)
    looker, outlet = arrive(hub, BOB, shows=True)
    gone, _ = arrive(hub, CAROL)
    say(hub, 1)
    hub.leave(gone)
    say(hub, 2)
    hints = hub._rooms[PLACE].hints
    assert hints
    assert hints.frame() is None
    hub.watch(looker, None)
    say(hub, 3)
    frames = await told(outlet, 3)
    assert [frame["type"] for frame in frames] == ["message.sent", "message.sent", "conversation.hinted"]
    assert (frames[2]["after"], frames[2]["head"], seqs(frames[2]["messages"])) == (2, 3, [3])


async def test_who_turns_away_before_a_large_channel_has_given_it_to_them_is_hinted_at_it(hub: Hub) -> None:
    crowd = [arrive(hub, uuid.uuid4(), shows=True) for _ in range(2 * FEW)]
    say(hub, 1)
    connection, outlet = crowd[0]
    hub.watch(connection, None)
    [hint] = await told(outlet, 1)
    assert (hint["type"], hint["after"], hint["head"], seqs(hint["messages"])) == ("conversation.hinted", 0, 1, [1])


async def test_a_read_mark_is_told_behind_what_it_counts(hub: Hub) -> None:
    _, outlet = arrive(hub, CAROL)
    say(hub, 1)
    await told(outlet, 1)
    say(hub, 2)
    hub.hint(PLACE, CAROL)
    assert [frame["head"] for frame in await told(outlet, 2)] == [1, 2]


async def test_of_many_who_are_connected_each_is_hinted_once_and_a_leaver_no_more(hub: Hub) -> None:
    crowd = [arrive(hub, uuid.uuid4()) for _ in range(2 * FEW)]
    say(hub, 1)
    hub.remove_member(PLACE, crowd[0][0].user_id)
    for _, outlet in crowd[1:]:
        assert [frame["type"] for frame in await told(outlet, 1)] == ["conversation.hinted"]
    assert [frame["type"] for frame in crowd[0][1].said()] == ["conversation.removed"]


async def test_a_group_that_becomes_a_channel_hints_from_there_on(hub: Hub) -> None:
    outlet = RememberingOutlet()
    hub.enter(Connection(CAROL, "session:1", outlet), [PLACE])
    say(hub, 1)
    hub.make_channel(PLACE)
    say(hub, 2)
    frames = await told(outlet, 2)
    assert [frame["type"] for frame in frames] == ["message.sent", "conversation.hinted"]
    assert frames[1]["after"] == 1
