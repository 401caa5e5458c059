"""docs/protocol.md and the code say the same: examples work as written, and neither knows a name the other lacks."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, get_args

import msgspec
import pytest

from accounts import errors as account_errors
from accounts.errors import RefusalError
from chatproject import server
from messaging import consumers, errors, hub
from messaging.protocol import CHANGES, AnyCommand, AnyEvent, decode_change, decode_command, encode
from tests.live import ROOT
from tests.wire.conftest import Cast

DOCUMENT = (ROOT / "docs" / "protocol.md").read_text()
EXAMPLES: list[dict[str, Any]] = [json.loads(text) for text in re.findall(r"```json\n(.+?)\n```", DOCUMENT, re.DOTALL)]
COMMANDS = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyCommand)}
EVENTS = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent)}
# The command of each example, and the event that the next example says answers it.
ANSWERED = {
    "message.send": "ack",
    "message.forward": "ack",
    "message.edit": "ack",
    "message.delete": "ack",
    "reaction.add": "ack",
    "reaction.remove": "ack",
    "message.pin": "ack",
    "message.unpin": "ack",
    "history.get": "history.page",
    "read.mark": "read.marked",
    "unread.mark": "read.marked",
    "conversations.get": "conversations.page",
    "unread.count": "unread.counted",
    "presence.watch": "presence.page",
    "ping": "pong",
}
# Commands that are not answered; what stands behind their examples is told to others.
SILENT = {"conversation.watch", "typing.start", "presence.set"}
NAMED = "01920000-0000-7000-8000-00000000000"


def section(title: str) -> str:
    """What stands under a heading of the second level."""
    return DOCUMENT.split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]


def first_column(title: str) -> set[str]:
    """The names in the first cells of a section's table."""
    rows = re.findall(r"^\| ([^|]+) \|", section(title), re.MULTILINE)[2:]
    return {name.strip("` ") for row in rows for name in row.split(",")}


def kinds_of(base: type[RefusalError]) -> Iterator[type[RefusalError]]:
    yield base
    for kind in base.__subclasses__():
        yield from kinds_of(kind)


def test_every_command_has_a_heading_and_an_example() -> None:
    assert sorted(re.findall(r"^### (\S+)$", section("Commands"), re.MULTILINE)) == sorted(COMMANDS)
    assert COMMANDS.keys() <= {example["type"] for example in EXAMPLES}


def test_every_event_has_an_example_and_every_example_is_known() -> None:
    assert {example["type"] for example in EXAMPLES} == {*COMMANDS, *EVENTS, "message.sent"}


def test_the_changes_are_those_of_the_code() -> None:
    assert first_column("Changes") == CHANGES.keys()


def test_the_fields_of_each_change_are_those_of_the_code() -> None:
    common = {field.name for field in msgspec.structs.fields(CHANGES["void"])}
    for name, fields in re.findall(r"^\| `([a-z_.]+)` \| (.*?) \|", section("Changes"), re.MULTILINE):
        own = {field.name for field in msgspec.structs.fields(CHANGES[name])} - common
        assert set(re.findall(r"`(\w+)`", fields)) == own


def test_the_error_codes_are_those_a_socket_can_give() -> None:
    """All of messaging's, and of accounts' those that its actions raise."""
    own = {kind.code for kind in kinds_of(RefusalError) if kind.__module__ == errors.__name__}
    shared = {
        kind.code
        for kind in vars(account_errors).values()
        if isinstance(kind, type) and issubclass(kind, RefusalError) and _is_used_by_messaging(kind.__name__)
    }
    assert first_column("Errors") == own | shared


def _is_used_by_messaging(name: str) -> bool:
    rooms = ROOT / "messaging"
    modules = [
        *(rooms / "actions").glob("*.py"),
        rooms / "consumers.py",
        rooms / "answers.py",
        rooms / "protocol/codec.py",
        rooms / "members.py",
    ]
    return any(re.search(rf"\b(raise {name}\b|{name}\()", module.read_text()) for module in modules)


def test_the_close_codes_are_those_of_the_code() -> None:
    given = {
        code
        for module in (consumers, hub, server)
        for name, code in vars(module).items()
        if name.startswith("CLOSE_") and isinstance(code, int)
    }
    assert {int(code) for code in first_column("Close codes")} == given | {1000, 1001, 1006}


@pytest.mark.parametrize(
    "example", [each for each in EXAMPLES if each["type"] in COMMANDS], ids=lambda each: each["type"]
)
def test_a_command_of_the_document_is_decoded(example: dict[str, Any]) -> None:
    command = decode_command(json.dumps(example))
    assert type(command) is COMMANDS[example["type"]]
    shown = msgspec.to_builtins(command)
    assert {name: shown[name] for name in example} == example


@pytest.mark.parametrize(
    "example", [each for each in EXAMPLES if each["type"] in EVENTS], ids=lambda each: each["type"]
)
def test_an_event_of_the_document_is_what_the_code_writes(example: dict[str, Any]) -> None:
    event = msgspec.json.decode(json.dumps(example), type=AnyEvent)
    assert json.loads(encode(event)) == example


def test_the_change_of_the_document_is_what_the_code_writes() -> None:
    [example] = [each for each in EXAMPLES if each["type"] == "message.sent"]
    assert json.loads(encode(decode_change(json.dumps(example).encode()))) == example


def test_the_answers_stand_behind_their_commands() -> None:
    behind = {one["type"]: other["type"] for one, other in pairwise(EXAMPLES) if one["type"] in ANSWERED}
    assert ANSWERED.keys() | SILENT == COMMANDS.keys()
    assert behind == ANSWERED


@pytest.mark.server
async def test_a_server_answers_each_example_as_the_document_says(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    # The owner's: not everybody may pin.
    socket = await cast.alice.connect()
    ids = {f"{NAMED}c": group, f"{NAMED}a": cast.alice.id}
    for command, documented in pairwise(EXAMPLES):
        if command["type"] not in COMMANDS:
            continue
        for name in {"target", "source_seq"} & command.keys():
            command[name] = next(told["seq"] for told in socket.told if told["type"] == "ack")
        await socket.send(**_renamed(command, ids))
        if command["type"] in SILENT:
            continue
        name = "key" if "key" in command else "ref"
        answer = await socket.expect(
            ANSWERED[command["type"]], lambda told, name=name, mark=command[name]: told.get(name) == mark
        )
        assert answer.keys() == documented.keys()
        for name in {"ref", "key", "type", "complete", "more", "read", "unread"} & documented.keys():
            assert answer[name] == documented[name] or (name, command["type"]) == ("complete", "history.get")
    [live] = [told for told in socket.told if told["type"] == "message.sent" and "forwarded" not in told]
    [change] = [each for each in EXAMPLES if each["type"] == "message.sent"]
    assert live.keys() == change.keys()
    assert live["body"] == change["body"]
    assert live["key"] == change["key"]
    await socket.close()


def _renamed(item: Any, ids: dict[str, str]) -> Any:
    """The example with the document's ids exchanged for real ones."""
    text = json.dumps(item)
    for name, real in ids.items():
        text = text.replace(name, real)
    return json.loads(text)
