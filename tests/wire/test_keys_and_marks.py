"""What a command may reach: one's own conversations and keys, and marks between their last place and the head."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import uuid

import pytest

from tests.wire.bad_commands import (
    ABSENT,
    KEY,
)
from tests.wire.conftest import Cast

pytestmark = pytest.mark.server


async def test_absent_and_forbidden_look_alike_and_take_as_long(cast: Cast, forbidden: str) -> None:
    socket = await cast.bob.connect()
    seconds: dict[str, list[float]] = {ABSENT: [], forbidden: []}
    answers = set()
    for _ in range(60):
        for conversation_id, times in seconds.items():
            began = time.perf_counter()
            answer = await socket.ask(type="history.get", conversation_id=conversation_id, ref="r")
            times.append(time.perf_counter() - began)
            answers.add(json.dumps(answer))
    assert len(answers) == 1
    absent, present = (statistics.median(times) for times in seconds.values())
    assert 1 / 3 < absent / present < 3
    await socket.close()


async def test_a_key_is_of_one_person_and_one_conversation(cast: Cast) -> None:
    second = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    bob, alice = await cast.bob.connect(), await cast.alice.connect()
    key = str(uuid.uuid4())
    first = await bob.say(cast.group, "one", key)
    other = await bob.say(cast.group, "two", key)
    assert (other["type"], other["code"], other["field"]) == ("error", "key_reused", "key")
    repeated = await bob.say(cast.group, "one", key)
    assert (repeated["type"], repeated["id"], repeated["repeated"]) == ("ack", first["id"], True)
    elsewhere = await bob.say(second, "two", key)
    somebody = await alice.say(cast.group, "three", key)
    assert elsewhere["type"] == somebody["type"] == "ack"
    assert len({first["id"], elsewhere["id"], somebody["id"]}) == 3
    assert not elsewhere.get("repeated")
    assert not somebody.get("repeated")
    await bob.close()
    await alice.close()


async def test_a_key_sent_twice_in_one_segment_is_one_message(cast: Cast) -> None:
    bob, alice = await cast.bob.connect(), await cast.alice.connect()
    key = str(uuid.uuid4())
    for body in ("same", "same", "other", "same"):
        await bob.send(type="message.send", key=key, conversation_id=cast.group, body=body)
    answers = []
    while len(answers) < 4:
        told = await bob.receive()
        answers += [told] if told["type"] in ("ack", "error") else []
    assert [told.get("code", "ack") for told in answers] == ["ack", "ack", "key_reused", "ack"]
    page = await alice.ask(type="history.get", conversation_id=cast.group)
    assert [change["body"] for change in page["changes"] if change["key"] == key] == ["same"]
    await bob.close()
    await alice.close()


async def test_a_mark_stays_between_its_last_place_and_the_head(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    alice, bob = await cast.alice.connect(), await cast.bob.connect()
    heads = [(await alice.say(group, f"line {number}"))["seq"] for number in range(4)]
    marked = await bob.ask(type="read.mark", conversation_id=group, seq=heads[2])
    assert (marked["read"], marked["unread"]) == (heads[2], 1)
    back = await bob.ask(type="read.mark", conversation_id=group, seq=0)
    assert (back["read"], back["unread"]) == (heads[2], 1)
    above = await bob.ask(type="read.mark", conversation_id=group, seq=heads[3] + 1)
    assert (above["code"], above["field"]) == ("seq_above_head", "seq")
    again = await bob.connection.ping()
    await again
    positions = await bob.ask(type="conversations.get")
    [row] = [row for row in positions["conversations"] if row["conversation_id"] == group]
    assert (row["read"], row["unread"], row["head"]) == (heads[2], 1, heads[3])
    await alice.close()
    await bob.close()


async def test_an_edit_leaves_something_to_see(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    said = await (await cast.alice.connect()).say(group, "a line")
    path, data = f"conversations/{group}/messages/{said['seq']}", {"key": KEY, "body": " \u200b"}
    answer = await asyncio.to_thread(cast.alice.api.patch, path, json=data)
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"]) == ("invalid", "body")


async def test_a_mark_is_taken_back_on_every_device_and_others_see_nothing_of_it(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    alice, bob, phone = await cast.alice.connect(), await cast.bob.connect(), await cast.bob.connect()
    seqs = [(await alice.say(group, f"line {number}"))["seq"] for number in range(4)]
    await bob.ask(type="read.mark", conversation_id=group, seq=seqs[3])
    await alice.send(type="conversation.watch", conversation_id=group)
    seen = {"user_id": cast.bob.id, "read": seqs[3]}
    await alice.expect("receipts.changed", lambda frame: seen in frame["people"])
    marked = await bob.ask(type="unread.mark", conversation_id=group, seq=seqs[1])
    assert (marked["read"], marked["unread"], marked["turn"]) == (seqs[1] - 1, 3, 1)
    await phone.expect("read.marked", lambda frame: (frame["unread"], frame.get("turn")) == (3, 1))
    over_rest = await asyncio.to_thread(cast.bob.api.put, f"conversations/{group}/unread", json={"seq": seqs[0]})
    assert {**over_rest.json(), "conversation_id": group} == {
        "conversation_id": group,
        "read": seqs[0] - 1,
        "unread": 4,
        "turn": 2,
        "mentions": 0,
    }
    await phone.expect("read.marked", lambda frame: (frame["unread"], frame.get("turn")) == (4, 2))
    [row] = [
        row for row in (await bob.ask(type="conversations.get"))["conversations"] if row["conversation_id"] == group
    ]
    assert (row["read"], row["unread"], row["turn"]) == (seqs[0] - 1, 4, 2)
    receipts = await asyncio.to_thread(cast.alice.api.get, f"conversations/{group}/receipts")
    assert seen in receipts.json()["people"]
    for socket in (alice, bob, phone):
        await socket.close()
