"""A send in the same instant as the end of the right to send: once the end was answered, nothing more is accepted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.live import Account
from tests.wire.conftest import Cast
from tests.wire.raw import Raw, command

pytestmark = pytest.mark.server

# Long enough to be rendered on a thread, which is where a check goes stale.
BODY = "**long** " * 800


class Stream:
    """Sends without a pause; remembers which sends came after it was told to."""

    def __init__(self, connection: Raw, group: str) -> None:
        self.connection = connection
        self.group = group
        self.is_late = False
        self.late: set[str] = set()

    async def run(self) -> None:
        with contextlib.suppress(ConnectionError):
            while len(self.late) < 20:
                key = str(uuid.uuid4())
                if self.is_late:
                    self.late.add(key)
                self.connection.writer.write(
                    command(type="message.send", key=key, conversation_id=self.group, body=BODY + key)
                )
                await self.connection.writer.drain()
                await asyncio.sleep(0)


async def _end_while_sending(cast: Cast, who: Account, group: str, end: Callable[[], httpx.Response]) -> Stream:
    """`end` takes the right away while `who` sends; what is sent after its answer is late."""
    connection = await cast.raw(who)
    stream = Stream(connection, group)
    sending = asyncio.create_task(stream.run())
    await connection.event(type="ack")
    answer = await asyncio.to_thread(end)
    assert answer.status_code < 300, answer.text
    stream.is_late = True
    await sending
    return stream


def _stored(cast: Cast, group: str) -> list[dict[str, Any]]:
    """All changes of a group, as its owner sees them."""
    changes: list[dict[str, Any]] = []
    while True:
        parameters = {"after": len(changes), "limit": 200}
        page = cast.alice.api.get(f"conversations/{group}/messages", params=parameters).json()
        changes += page["results"]
        if len(changes) >= page["head"]:
            return changes


async def _newcomer(cast: Cast) -> Account:
    return await asyncio.to_thread(cast.server.newcomer, "racer")


@pytest.mark.parametrize("by", ["alice", "themselves"])
async def test_nothing_is_accepted_from_who_was_removed_or_left(cast: Cast, by: str) -> None:
    racer = await _newcomer(cast)
    group = await asyncio.to_thread(cast.alice.make_group, racer)
    actor = cast.alice if by == "alice" else racer
    for round_ in range(4):
        if round_:
            again = await asyncio.to_thread(cast.alice.api.post, f"groups/{group}/members", json={"user_id": racer.id})
            assert again.status_code == 201
        stream = await _end_while_sending(
            cast, racer, group, lambda: actor.api.delete(f"groups/{group}/members/{racer.id}")
        )
        # The answers to the late sends say that all were looked at.
        refused: set[str] = set()
        while refused < stream.late:
            told = await stream.connection.event()
            assert told["type"] != "ack" or told["key"] not in stream.late
            if told["type"] == "error" and told["key"] in stream.late:
                assert told["code"] == "not_found"
                refused.add(told["key"])
        stream.connection.hang_up()
    _assert_members_only(await asyncio.to_thread(_stored, cast, group), racer.id)


def _assert_members_only(changes: list[dict[str, Any]], user_id: str) -> None:
    """No message of the user stands behind their going and before their coming back."""
    is_member = False
    for change in changes:
        if change["type"] == "member.joined" and change["user_id"] == user_id:
            is_member = True
        elif change["type"] in ("member.removed", "member.left") and change["user_id"] == user_id:
            is_member = False
        elif change["type"] == "message.sent" and change["author_id"] == user_id:
            assert is_member, change["seq"]


async def test_nothing_is_accepted_from_a_session_that_was_signed_out(cast: Cast) -> None:
    for _ in range(3):
        racer = await _newcomer(cast)
        group = await asyncio.to_thread(cast.alice.make_group, racer)
        stream = await _end_while_sending(cast, racer, group, lambda who=racer: who.api.post("logout"))
        assert await stream.connection.end() in (4001, 1006)
        stored = json.dumps(await asyncio.to_thread(_stored, cast, group))
        assert not [key for key in stream.late if key in stored]
        stream.connection.hang_up()


async def test_a_socket_on_its_way_out_is_not_heard(cast: Cast) -> None:
    """Until it has taken its close frame, or a second has passed, a client can still write."""
    racer = await _newcomer(cast)
    group = await asyncio.to_thread(cast.alice.make_group, racer)
    connection = await cast.raw(racer)
    assert (await asyncio.to_thread(racer.api.post, "logout")).status_code < 300
    late = str(uuid.uuid4())
    await connection.send(command(type="message.send", key=late, conversation_id=group, body=late))
    assert await connection.end() == 4001
    assert late not in json.dumps(await asyncio.to_thread(_stored, cast, group))


async def test_a_blocked_person_gets_nothing_through(cast: Cast) -> None:
    racer = await _newcomer(cast)
    direct = await asyncio.to_thread(racer.api.post, "conversations", json={"user_id": cast.alice.id})
    group = str(direct.json()["id"])
    block = f"users/{cast.alice.id}/blocks/{racer.id}"
    stream = await _end_while_sending(cast, racer, group, lambda: cast.alice.api.put(block, json={}))
    codes: dict[str, str] = {}
    while codes.keys() < stream.late:
        told = await stream.connection.event()
        if told.get("key") in stream.late and told["type"] in ("ack", "error"):
            codes[told["key"]] = told.get("code", "ack")
    assert set(codes.values()) == {"not_allowed"}
    stream.connection.hang_up()
