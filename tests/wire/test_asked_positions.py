"""Sockets whose clients ask for the positions they need; those that do not are served as before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.live import Socket
from tests.wire.conftest import Cast

pytestmark = pytest.mark.server
MAKE = """
from accounts.models import User
from tests.many_conversations import make_conversations
make_conversations(User.objects.get(pk="{user}"), 250)
"""


async def ask(socket: Socket, kind: str, **fields: Any) -> dict[str, Any]:
    return await socket.ask(type=kind, **fields)


async def test_who_asks_gets_pages_some_and_what_is_unread(cast: Cast) -> None:
    dora = await asyncio.to_thread(cast.server.sign_up, "dora-has-many")
    await asyncio.to_thread(cast.server.manage, "shell", "-c", MAKE.format(user=dora.id))
    everything = (await dora.connect()).positions
    assert len(everything) == 250
    socket = await dora.connect(asks=True)
    welcome_bytes = len(str(socket.told))
    assert welcome_bytes < 1_000
    found, cursor = [], {}
    while True:
        page = await ask(socket, "conversations.get", limit=100, **cursor)
        found += page["conversations"]
        if not page.get("next"):
            break
        cursor = {"cursor": page["next"]}
    assert {row["conversation_id"]: row for row in found} == everything
    assert len(found) == 250
    some = [row["conversation_id"] for row in found[120:125]]
    page = await ask(socket, "conversations.get", ids=[*some, cast.group])
    assert {row["conversation_id"] for row in page["conversations"]} == set(some)
    page = await ask(socket, "conversations.get", limit=100)
    counted = await ask(socket, "unread.count", cursor=page["next"], known=[found[100]["conversation_id"]])
    assert counted["messages"] == sum(row["unread"] for row in found[101:])
    assert counted["mentions"] == sum(row["mentions"] for row in found[101:])


@pytest.mark.parametrize(
    ("command", "field"),
    [
        ({"type": "conversations.get", "limit": 1, "ids": []}, "ids"),
        ({"type": "conversations.get", "cursor": "x"}, "limit"),
        ({"type": "conversations.get", "limit": 1, "cursor": "nonsense"}, "cursor"),
        ({"type": "conversations.get", "limit": 201}, "limit"),
        ({"type": "unread.count", "cursor": "nonsense"}, "cursor"),
    ],
)
async def test_what_cannot_be_asked_names_its_field(cast: Cast, command: dict[str, Any], field: str) -> None:
    socket = await cast.alice.connect(asks=True)
    answer = await socket.ask(**command)
    assert (answer["code"], answer["field"]) == ("invalid", field)
