"""Who is told that somebody writes: those who look, and nobody else."""

from __future__ import annotations

import asyncio

import pytest

from tests.live import Account, Socket
from tests.wire.conftest import Cast

pytestmark = pytest.mark.server


async def looking(account: Account, conversation_id: str | None) -> Socket:
    socket = await account.connect()
    await socket.send(type="conversation.watch", conversation_id=conversation_id)
    await socket.ask(type="ping")
    return socket


async def heard(socket: Socket) -> list[str]:
    """Of whom the socket was told up to now that they write."""
    await socket.ask(type="ping")
    return [frame["user_id"] for frame in socket.told if frame["type"] == "typing.started"]


async def test_who_looks_is_told_and_the_writer_and_those_elsewhere_are_not(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    other = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    writer, looker = await looking(cast.alice, group), await looking(cast.bob, group)
    elsewhere, nowhere = await looking(cast.bob, other), await cast.bob.connect()
    outsider = await cast.carol.connect()
    await outsider.send(type="conversation.watch", conversation_id=group)
    assert (await outsider.expect("error"))["code"] == "not_found"
    await writer.send(type="typing.start", conversation_id=group)
    told = await looker.expect("typing.started")
    assert told == {"type": "typing.started", "conversation_id": group, "user_id": cast.alice.id}
    for socket in (writer, elsewhere, nowhere, outsider):
        assert await heard(socket) == []


async def test_writing_is_told_once_however_often_it_is_said(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    writer, looker = await cast.alice.connect(), await looking(cast.bob, group)
    for _ in range(20):
        await writer.send(type="typing.start", conversation_id=group)
    await writer.ask(type="ping")
    assert await heard(looker) == [cast.alice.id]


async def test_whoever_looks_away_or_is_removed_hears_nothing_more(cast: Cast) -> None:
    group = await asyncio.to_thread(cast.alice.make_group, cast.bob)
    writer = await cast.alice.connect()
    away, removed = await looking(cast.bob, group), await looking(cast.bob, group)
    await away.send(type="conversation.watch", conversation_id=None)
    await away.ask(type="ping")
    await asyncio.to_thread(cast.alice.api.delete, f"groups/{group}/members/{cast.bob.id}")
    await removed.expect("conversation.removed")
    await writer.send(type="typing.start", conversation_id=group)
    await writer.ask(type="ping")
    assert await heard(away) == await heard(removed) == []


async def test_who_may_not_write_cannot_say_that_they_do(cast: Cast) -> None:
    direct = await asyncio.to_thread(_direct, cast.alice, cast.bob)
    socket, looker = await cast.alice.connect(), await looking(cast.bob, direct)
    await asyncio.to_thread(cast.bob.api.put, f"users/{cast.bob.id}/blocks/{cast.alice.id}")
    await socket.send(type="typing.start", conversation_id=direct)
    assert (await socket.expect("error"))["code"] == "not_allowed"
    assert await heard(looker) == []
    await asyncio.to_thread(cast.bob.api.delete, f"users/{cast.bob.id}/blocks/{cast.alice.id}")


def _direct(one: Account, other: Account) -> str:
    return str(one.api.post("conversations", json={"user_id": other.id}).json()["id"])
