"""What a socket is told of others: who comes, turns away and goes, and who does not want to be seen."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from messaging.protocol import PEOPLE_A_PAGE, WATCHED_MOST
from messaging.worker import WATCHES_BURST
from tests.live import Account, Socket
from tests.wire.conftest import Cast, Newcomer

pytestmark = pytest.mark.server


async def watching(account: Account, *others: Account) -> tuple[Socket, list[dict[str, Any]]]:
    socket = await account.connect()
    page = await socket.ask(type="presence.watch", user_ids=[other.id for other in others])
    return socket, page["people"]


async def told(socket: Socket, other: Account, state: str) -> dict[str, Any]:
    """How the other looks, once they look so."""

    def is_it(frame: dict[str, Any]) -> bool:
        return any(person["user_id"] == other.id and person["state"] == state for person in frame["people"])

    frame = await socket.expect("presence.changed", is_it)
    return next(person for person in frame["people"] if person["user_id"] == other.id)


async def test_somebody_comes_turns_away_and_goes_with_two_devices(cast: Cast, newcomer: Newcomer) -> None:
    dora = await newcomer("dora")
    alice, page = await watching(cast.alice, dora)
    assert page == [{"user_id": dora.id, "state": "offline"}]
    desk = await dora.connect()
    assert await told(alice, dora, "online") == {"user_id": dora.id, "state": "online"}
    await desk.send(type="presence.set", state="away")
    await told(alice, dora, "away")
    phone = await dora.connect()
    await told(alice, dora, "online")
    await phone.close()
    await told(alice, dora, "away")
    await desk.close()
    assert (await told(alice, dora, "offline")).keys() == {"user_id", "state", "last_seen_at"}
    await alice.close()


async def test_a_status_and_hiding_take_effect_under_the_eyes_of_who_watches(cast: Cast, newcomer: Newcomer) -> None:
    erin = await newcomer("erin")
    hers = await erin.connect()
    alice, _ = await watching(cast.alice, erin)
    await asyncio.to_thread(erin.api.patch, "me", json={"status": "At lunch"})
    assert (await told(alice, erin, "online"))["status"] == "At lunch"
    await asyncio.to_thread(erin.api.patch, "me", json={"hides_presence": True})
    assert await told(alice, erin, "offline") == {"user_id": erin.id, "state": "offline", "status": "At lunch"}
    page = await hers.ask(type="presence.watch", user_ids=[cast.alice.id])
    assert page["people"] == [{"user_id": cast.alice.id, "state": "offline"}]
    await asyncio.to_thread(erin.api.patch, "me", json={"hides_presence": False, "status": ""})
    assert await told(alice, erin, "online") == {"user_id": erin.id, "state": "online"}
    await told(hers, cast.alice, "online")
    blocked = await asyncio.to_thread(erin.api.put, f"users/{erin.id}/blocks/{cast.alice.id}", json={})
    assert blocked.status_code == 201
    assert await told(alice, erin, "offline") == {"user_id": erin.id, "state": "offline"}
    await alice.close()
    await hers.close()


async def test_ids_that_are_nobodys_look_like_people_who_were_not_here_for_long(cast: Cast) -> None:
    socket = await cast.bob.connect()
    asked = [str(uuid.uuid4()) for _ in range(WATCHED_MOST)]
    await socket.send(type="presence.watch", ref="w", user_ids=asked)
    pages = [await socket.expect("presence.page") for _ in range(WATCHED_MOST // PEOPLE_A_PAGE)]
    assert [page["more"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert all(len(page["people"]) == PEOPLE_A_PAGE and page["ref"] == "w" for page in pages)
    people = [person for page in pages for person in page["people"]]
    assert {person["user_id"] for person in people} == set(asked)
    assert all(person.keys() == {"user_id", "state"} and person["state"] == "offline" for person in people)
    assert (await socket.ask(type="presence.watch", user_ids=[]))["people"] == []
    assert len((await socket.ask(type="presence.watch", user_ids=asked[:1] * WATCHED_MOST))["people"]) == 1
    await socket.close()


async def test_a_flood_of_watches_is_refused_to_its_author_alone(
    cast: Cast, newcomer: Newcomer, bystander: Socket
) -> None:
    flood = await newcomer("flood")
    socket = await flood.connect()
    asked = [str(uuid.uuid4()) for _ in range(50)]
    answers = [await socket.ask(type="presence.watch", user_ids=asked) for _ in range(WATCHES_BURST + 40)]
    refused = [answer for answer in answers if answer["type"] == "error"]
    assert len(refused) > 10
    assert {answer["code"] for answer in refused} == {"rate_limited"}
    assert all(0 < answer["retry_after"] <= 0.5 for answer in refused)
    assert (await bystander.ask(type="presence.watch", user_ids=asked))["type"] == "presence.page"
    # Watching nobody any more is always allowed.
    assert (await socket.ask(type="presence.watch", user_ids=[]))["people"] == []
    await socket.close()


async def test_turning_away_and_back_again_and_again_is_told_in_few_digests(cast: Cast, newcomer: Newcomer) -> None:
    fay = await newcomer("fay")
    hers = await fay.connect()
    alice, _ = await watching(cast.alice, fay)
    for number in range(100):
        await hers.send(type="presence.set", state=("away", "active")[number % 2])
    await hers.send(type="presence.set", state="away")
    await told(alice, fay, "away")
    await alice.ask(type="ping")
    assert len([frame for frame in alice.told if frame["type"] == "presence.changed"]) <= 3
    await alice.close()
    await hers.close()
