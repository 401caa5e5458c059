"""Members are removed, leave and are added again while they and all others talk."""

from __future__ import annotations

import asyncio
import random

from messaging.client import RefusedError
from tests.faults.breaking.fault import Fault, Stage
from tests.faults.history import FAIL, INVOKE, OK
from tests.faults.person import Person
from tests.faults.rooms import Room

MOVERS = 4
TURNS = 5
AWAY_SECONDS = 3.0
BACK_SECONDS = 1.0


async def races(stage: Stage) -> None:
    room = stage.crowd.largest
    stage.begins()
    await asyncio.gather(*(_come_and_go(stage, room, person) for person in room.people[-MOVERS:]))
    stage.shows(f"{MOVERS} members went and came {TURNS} times each")
    stage.heals()


async def _come_and_go(stage: Stage, room: Room, person: Person) -> None:
    for turn in range(TURNS):
        talking = asyncio.create_task(_talk(room, person))
        await asyncio.sleep(random.uniform(0.2, BACK_SECONDS))
        is_kick = turn % 2 == 0
        by = room.owner if is_kick else person
        path = f"groups/{room.id}/members/{person.account.user_id}"
        await _tried(stage, "kick" if is_kick else "leave", room, person, by, ("DELETE", path, None))
        await asyncio.sleep(AWAY_SECONDS)
        await person.peek(room.id)
        await talking
        data = {"user_id": str(person.account.user_id)}
        await _tried(stage, "add", room, person, room.owner, ("POST", f"groups/{room.id}/members", data))


async def _talk(room: Room, person: Person) -> None:
    """Into the removal, and a little beyond it."""
    for number in range(20):
        await person.say(room.id, f"{person.name} in between {number}")
        await asyncio.sleep(0.1)


async def _tried(
    stage: Stage, what: str, room: Room, person: Person, by: Person, call: tuple[str, str, dict[str, str] | None]
) -> None:
    names = {"room": str(room.id), "who": person.name}
    stage.recorder.note(INVOKE, what, **names)
    try:
        await stage.crowd.rest.call(*call, account=by.account)
    except RefusedError as error:
        stage.recorder.note(FAIL, what, code=error.code, **names)
        return
    stage.recorder.note(OK, what, **names)


FAULTS = (Fault("membership_races", "members removed, leaving and added again while they talk", races),)
