"""Whom a message mentions: the server says it, from the names in the text and who is a member."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from tests.live import Account, Socket
from tests.wire.conftest import Cast

pytestmark = pytest.mark.server


def name_of(account: Account) -> str:
    return str(account.api.get("me").json()["username"])


async def heard(socket: Socket, body: str) -> dict[str, Any]:
    return await socket.expect("message.sent", lambda frame: frame["body"] == body)


def counts(account: Account, group: str) -> tuple[int, int]:
    row = account.api.get(f"conversations/{group}").json()
    return row["unread"], row["mentions"]


async def test_members_are_mentioned_by_their_names_and_outsiders_are_not(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    alice, bob = await cast.alice.connect(), await cast.bob.connect()
    bobs, carols = name_of(cast.bob), name_of(cast.carol)
    body = f"@{bobs.upper()}, ask @{carols} `@{bobs}` {uuid.uuid4()}"
    seq = (await alice.say(group, body))["seq"]
    told = await heard(bob, body)
    assert told["mentions"] == [cast.bob.id]
    assert f'<a class="mention" href="/people/{cast.bob.id}/">@{bobs.upper()}</a>' in told["html"]
    assert cast.carol.id not in told["html"]
    assert await asyncio.to_thread(counts, cast.bob, group) == (1, 1)
    await alice.say(group, "nothing of note")
    found = cast.bob.api.get(f"conversations/{group}/mentions")
    assert found.json() == {"results": [seq]}
    assert cast.bob.api.get(f"conversations/{group}/mentions?after={seq}").json() == {"results": []}
    marked = await bob.ask(type="read.mark", conversation_id=group, seq=seq)
    assert (marked["unread"], marked.get("mentions", 0)) == (1, 0)
    marked = await bob.ask(type="unread.mark", conversation_id=group, seq=seq)
    assert (marked["unread"], marked["mentions"]) == (2, 1)
    # An edit names people too, and counts for nobody.
    edited = {"type": "message.edit", "key": str(uuid.uuid4()), "conversation_id": group, "target": seq + 1}
    await alice.send(**edited, body=f"of note for @{bobs}")
    told = await bob.expect("message.edited")
    assert 'class="mention"' in told["html"]
    assert await asyncio.to_thread(counts, cast.bob, group) == (2, 1)
    for socket in (alice, bob):
        await socket.close()


async def test_everybody_is_mentioned_by_who_leads_alone(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    alice, bob = await cast.alice.connect(), await cast.bob.connect()
    await alice.say(group, "@all at noon")
    told = await heard(bob, "@all at noon")
    assert told["mentions_all"]
    assert "mentions" not in told
    await bob.say(group, "@all why?")
    told = await heard(alice, "@all why?")
    assert not {"mentions_all", "mentions", "html"} & told.keys()
    assert await asyncio.to_thread(counts, cast.bob, group) == (1, 1)
    assert await asyncio.to_thread(counts, cast.alice, group) == (1, 0)
    for socket in (alice, bob):
        await socket.close()


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=201"])
async def test_what_is_asked_wrongly_is_named(cast: Cast, query: str) -> None:
    answer = await asyncio.to_thread(cast.bob.api.get, f"conversations/{cast.group}/mentions?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, query.split("=")[0])
