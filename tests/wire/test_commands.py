"""Bad commands: each gets its documented code and its names back, and the socket lives."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from messaging.consumers import BAD_FRAMES_MOST, CLOSE_BAD_FRAMES
from messaging.protocol import BODY_CHARACTERS, SEQ_MOST
from tests.live import Socket
from tests.wire.bad_commands import (
    MALFORMED,
    NESTED,
    REFUSED,
    UNKNOWN,
    bare,
    get,
)
from tests.wire.conftest import Cast
from tests.wire.raw import TEXT, command, frame

pytestmark = pytest.mark.server


async def exchange(cast: Cast, socket: Socket, text: str, forbidden: str) -> dict[str, Any]:
    """The first answer to a frame; a ping behind it shows that there is one and that the socket lives."""
    for name, real in (("GROUP", cast.group), ("FORBIDDEN", forbidden), ("ALICE", cast.alice.id)):
        text = text.replace(f'"{name}"', f'"{real}"')
    await socket.connection.send(text)
    answer = await socket.receive()
    assert (await socket.ask(type="ping"))["type"] == "pong"
    return answer


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_object_is_malformed(cast: Cast, forbidden: str, text: str) -> None:
    socket = await cast.bob.connect()
    answer = await exchange(cast, socket, text, forbidden)
    assert (answer["type"], answer["code"]) == ("error", "malformed")
    await socket.close()


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED.keys())
async def test_what_nests_too_deep_is_refused(cast: Cast, forbidden: str, text: str) -> None:
    socket = await cast.bob.connect()
    answer = await exchange(cast, socket, text, forbidden)
    assert (answer["type"], answer["code"]) in (("error", "malformed"), ("error", "invalid"))
    await socket.close()


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_an_unknown_type_is_named_as_such(cast: Cast, forbidden: str, text: str) -> None:
    socket = await cast.bob.connect()
    answer = await exchange(cast, socket, text, forbidden)
    assert (answer["type"], answer["code"], answer["field"]) == ("error", "unknown_type", "type")
    assert answer.get("ref") == json.loads(text).get("ref")
    assert len(json.dumps(answer)) < 300
    await socket.close()


@pytest.mark.parametrize(("text", "code", "field"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_command_with_a_wrong_field_names_it(
    cast: Cast, forbidden: str, text: str, code: str, field: str
) -> None:
    socket = await cast.bob.connect()
    answer = await exchange(cast, socket, text, forbidden)
    assert (answer["type"], answer["code"], answer.get("field")) == ("error", code, field), answer
    assert len(json.dumps(answer)) < 500
    sent = json.loads(text, parse_int=float)
    for name in ("key", "ref"):
        is_name = isinstance(sent.get(name), str) and len(sent[name]) <= 64
        assert answer.get(name) == (sent[name] if is_name else None)
    await socket.close()


BODIES = {
    "of 8,000 characters": "a" * BODY_CHARACTERS,
    "of 8,000 emoji, 96 kB as escapes": "👍" * 5_000,
    "of one line of combining marks": "e" + "\u0301" * 1_000,
    "with bidi overrides": "\u202egnp.exe\u202c",
    "of an emoji sequence": "👩‍👩‍👧‍👦🏳️‍🌈",
    "with HTML": "<script>alert(1)</script><svg onload=alert(1)>",
    "with a javascript link": "[x](javascript:alert(1))",
    "with template braces": "{{ 7*7 }} {% debug %} ${7*7}",
    "with SQL": "'; DROP TABLE messaging_change; --",
    "of a no-break space and a letter": "\u00a0a",
    "with all line ends": "a\rb\nc\r\nd\u2028e\u2029f\x85g",
    "of noncharacters": "\uffff\ufffe\U0010ffff",
    "of control characters": "\x01\x02\x1b[31mred\x7f",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_an_odd_body_arrives_as_it_was_sent(cast: Cast, body: str) -> None:
    sender, reader = await cast.bob.connect(), await cast.alice.connect()
    key = str(uuid.uuid4())
    command = {"type": "message.send", "key": key, "conversation_id": cast.group, "body": body}
    await sender.connection.send(json.dumps(command, ensure_ascii=False))
    ack = await sender.expect("ack")
    live = await reader.expect("message.sent", lambda told: told["key"] == key)
    assert live["body"] == body
    page = await reader.ask(type="history.get", conversation_id=cast.group, after=ack["seq"] - 1, limit=1)
    assert page["changes"] == [live]
    await sender.close()
    await reader.close()


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ('{"type":"ping","ref":"a","ref":"r"}', "pong"),
        (bare("-0"), "read.marked"),
        ('\n\t {"ref" : "r", "type" : "ping"} \n', "pong"),
        ('{"\\u0074ype":"p\\u0069ng","ref":"r"}', "pong"),
        (get(after=SEQ_MOST), "history.page"),
        (get(before=0), "history.page"),
    ],
)
async def test_odd_but_valid_json_is_understood(cast: Cast, forbidden: str, text: str, type: str) -> None:
    socket = await cast.bob.connect()
    answer = await exchange(cast, socket, text, forbidden)
    assert (answer["type"], answer["ref"]) == (type, "r"), answer
    await socket.close()


async def test_ids_in_upper_case_are_the_same_ids(cast: Cast) -> None:
    socket = await cast.bob.connect()
    key = str(uuid.uuid4())
    await socket.send(type="message.send", key=key.upper(), conversation_id=cast.group.upper(), body="a")
    ack = await socket.expect("ack")
    assert (ack["key"], ack["conversation_id"]) == (key, cast.group)
    again = await socket.say(cast.group, "a", key)
    assert (again["seq"], again["repeated"]) == (ack["seq"], True)
    await socket.close()


async def test_a_sixth_bad_frame_in_a_minute_ends_the_socket(cast: Cast) -> None:
    socket = await cast.bob.connect()
    for number in range(BAD_FRAMES_MOST + 1):
        await socket.connection.send("nonsense" if number % 2 else '{"type":"nonsense"}')
    assert await socket.closed() == CLOSE_BAD_FRAMES
    assert len([told for told in socket.told if told["type"] == "error"]) == BAD_FRAMES_MOST + 1


async def test_what_stands_behind_the_sixth_bad_frame_is_not_done(cast: Cast) -> None:
    connection, reader = await cast.raw(cast.bob), await cast.alice.connect()
    late = str(uuid.uuid4())
    send_late = command(type="message.send", key=late, conversation_id=cast.group, body=late)
    await connection.send(frame(TEXT, b"nonsense") * (BAD_FRAMES_MOST + 1) + send_late)
    assert await connection.end() == CLOSE_BAD_FRAMES
    page = await reader.ask(type="history.get", conversation_id=cast.group)
    assert late not in json.dumps(page)
    await reader.close()
