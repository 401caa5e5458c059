"""What a socket is told of how far others have come in the conversation that it shows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.live import Account, Socket
from tests.wire.conftest import Cast, Newcomer

pytestmark = pytest.mark.server


async def shown(socket: Socket, other: Account, **fields: Any) -> None:
    """Returns once the other is told of like this."""

    def is_it(frame: dict[str, Any]) -> bool:
        return {"user_id": other.id, **fields} in frame.get("people", [])

    await socket.expect("receipts.changed", is_it)


def rest(account: Account, group: str) -> Any:
    answer = account.api.get(f"conversations/{group}/receipts")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_sent_delivered_and_read_are_told_to_who_looks_and_the_same_to_who_comes_later(
    cast: Cast, newcomer: Newcomer
) -> None:
    gina = await newcomer("gina")
    group = await asyncio.to_thread(cast.alice.make_group, gina)
    alice, elsewhere = await cast.alice.connect(), await cast.alice.connect()
    seq = (await alice.say(group, "hello"))["seq"]
    await alice.send(type="conversation.watch", conversation_id=group)
    await shown(alice, gina, read=seq - 1, delivered=seq - 1)
    hers = await gina.connect()
    await shown(alice, gina, read=seq - 1)
    await hers.ask(type="read.mark", conversation_id=group, seq=seq)
    await shown(alice, gina, read=seq)
    again = await cast.alice.connect()
    await again.send(type="conversation.watch", conversation_id=group)
    await shown(again, gina, read=seq)
    assert {"user_id": gina.id, "read": seq} in (await asyncio.to_thread(rest, cast.alice, group))["people"]
    await hers.close()
    # Once she has gone, it still had reached her.
    await shown(alice, gina, read=seq, delivered=seq)
    await elsewhere.ask(type="ping")
    assert "receipts.changed" not in {frame["type"] for frame in elsewhere.told}
    for socket in (alice, elsewhere, again):
        await socket.close()


async def test_who_reads_privately_is_seen_by_nobody_and_sees_nobody(cast: Cast, newcomer: Newcomer) -> None:
    hugo = await newcomer("hugo")
    group = await asyncio.to_thread(cast.alice.make_group, hugo)
    alice, his = await cast.alice.connect(), await hugo.connect()
    seq = (await alice.say(group, "hello"))["seq"]
    for socket in (alice, his):
        await socket.send(type="conversation.watch", conversation_id=group)
    await his.ask(type="read.mark", conversation_id=group, seq=seq)
    await shown(alice, hugo, read=seq)
    await asyncio.to_thread(hugo.api.patch, "me", json={"reads_privately": True})
    await shown(alice, hugo)
    await his.expect("receipts.changed", lambda frame: "people" not in frame)
    assert await asyncio.to_thread(rest, hugo, group) == {"people": [], "reads": None}
    assert {"user_id": hugo.id} in (await asyncio.to_thread(rest, cast.alice, group))["people"]
    await alice.close()
    await his.close()


async def test_an_outsider_learns_of_nobody(cast: Cast) -> None:
    answer = await asyncio.to_thread(cast.carol.api.get, f"conversations/{cast.group}/receipts")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    socket = await cast.carol.connect()
    refused = await socket.ask(type="conversation.watch", conversation_id=cast.group)
    assert refused["code"] == "not_found"
    await socket.close()
