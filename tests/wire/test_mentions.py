"""Whom a message mentions: the server says it, from the names in the text and who is a member."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from tests.live import Account, LiveServer, Socket
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


async def test_the_author_learns_which_names_mention_nobody(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    alice, bob = await cast.alice.connect(), await cast.bob.connect()
    bobs, carols = name_of(cast.bob), name_of(cast.carol)
    body = f"@{bobs} @{carols}, @nobody. `@code` me@mail.example @all {uuid.uuid4()}"
    answer = await bob.say(group, body)
    assert answer["unresolved"] == [bobs, carols, "nobody", "all"][1:]
    assert "unresolved" not in await heard(alice, body)
    assert "unresolved" not in await alice.say(group, f"@{bobs} and @all")
    key = str(uuid.uuid4())
    for _ in range(2):
        sent = await asyncio.to_thread(
            cast.alice.api.post, f"conversations/{group}/messages", json={"key": key, "body": "@nobody *x*"}
        )
        assert sent.json()["unresolved"] == ["nobody"]
    target = sent.json()["seq"]
    edit = {"type": "message.edit", "key": str(uuid.uuid4()), "conversation_id": group, "target": target}
    await alice.send(**edit, body="@neither")
    assert (await alice.expect("ack"))["unresolved"] == ["neither"]
    for socket in (alice, bob):
        await socket.close()


@pytest.mark.parametrize(
    "around",
    [
        lambda name: "\n".join(f"`{line}` // https://a.example" for line in range(205)) + f"\n@{name}",
        lambda name: "x <\n" * 900 + f"@{name} **b**",
        lambda name: " ".join(f"m{one}@host{one}.example" for one in range(205)) + f" @{name}",
        lambda name: " ".join(f"a.b.c{one}@d.e{one}.example" for one in range(25)) + f" @{name} please write to them",
        lambda name: " ".join(f"@absent{one}" for one in range(60)) + f" @{name}",
        lambda name: ">" * 30 + f" @{name}",
        lambda name: f"請@{name}看一下",
        lambda name: f"＠{name}",
        lambda name: f"_@{name}_",
        lambda name: f"x/@{name}",
    ],
)
async def test_no_text_is_so_long_or_so_marked_that_it_mentions_nobody(cast: Cast, around: Any) -> None:
    body = around(name_of(cast.bob))
    assert len(body) <= 8_000
    alice = await cast.alice.connect()
    await alice.say(cast.group, body)
    told = await heard(alice, body)
    assert told["mentions"] == [cast.bob.id]
    await alice.close()


async def test_who_signed_up_a_moment_ago_is_mentioned(cast: Cast, parley_server: LiveServer) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    alice = await cast.alice.connect()
    name = f"newbie-{uuid.uuid4().hex[:8]}"
    assert (await alice.say(group, f"Is @{name} here yet?"))["unresolved"] == [name]
    newbie = await asyncio.to_thread(parley_server.sign_up, name)
    await asyncio.to_thread(newbie.agree_to, cast.alice)
    added = await asyncio.to_thread(cast.alice.api.post, f"groups/{group}/members", json={"user_id": newbie.id})
    assert added.status_code == 201
    await alice.expect("member.joined", lambda frame: frame["user_id"] == newbie.id)
    assert "unresolved" not in await alice.say(group, f"Welcome, @{name}!")
    assert (await heard(alice, f"Welcome, @{name}!"))["mentions"] == [newbie.id]
    await alice.close()


@pytest.mark.parametrize("body", ["```\n```", "> ", "- ", "[](https://x.y)", "\u2800", "\U0001d173"])
async def test_marks_around_nothing_are_no_message(cast: Cast, body: str) -> None:
    sent = await asyncio.to_thread(
        cast.alice.api.post, f"conversations/{cast.group}/messages", json={"key": str(uuid.uuid4()), "body": body}
    )
    assert (sent.status_code, sent.json()["field"]) == (400, "body")
    assert "There is nothing to see in this message." in sent.text
