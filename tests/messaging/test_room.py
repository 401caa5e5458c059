"""A conversation with many sockets at one worker: given out in slices, in order, to nobody who left meanwhile."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterable

import pytest

from messaging.room import FEW, SLICE, Connection, Room
from tests.messaging.conftest import RememberingOutlet

MEMBERS = 2 * FEW
PLACE = uuid.uuid4()


class People:
    """Sockets in a room, in no order anybody may rely on."""

    def __init__(self, count: int) -> None:
        self.noticed: list[bytes] = []
        self.room = Room(PLACE, lambda conversation_id, content: self.noticed.append(content))
        self.connections = [Connection(uuid.uuid4(), "session:1", RememberingOutlet()) for _ in range(count)]
        self.bring(self.connections)

    def bring(self, connections: Iterable[Connection]) -> None:
        for connection in connections:
            connection.person.entered.add(connection)
            self.room.people.add(connection.person)

    def heard(self, connection: Connection) -> list[int]:
        assert isinstance(connection.outlet, RememberingOutlet)
        return [json.loads(frame)["seq"] for frame in connection.outlet.frames]

    @property
    def reached(self) -> list[Connection]:
        return [connection for connection in self.connections if self.heard(connection)]

    async def settled(self) -> None:
        """Returns when nothing waits to be given out."""
        async with asyncio.timeout(5):
            while self.room._giving:  # noqa: ASYNC110  # the room is the event
                await asyncio.sleep(0)


def change(seq: int, type: str = "message.sent") -> bytes:
    return json.dumps({"type": type, "seq": seq}, separators=(",", ":")).encode()


async def test_a_large_room_is_given_slice_by_slice_and_others_have_their_turn_between() -> None:
    crowd, few = People(MEMBERS), People(3)
    crowd.room.give([change(1)])
    seen = []
    for _ in range(3):
        await asyncio.sleep(0)
        seen.append(len(crowd.reached))
    assert seen == [SLICE, 2 * SLICE, 3 * SLICE]
    few.room.give([change(1)])
    assert len(few.reached) == 3


async def test_everyone_in_a_large_room_gets_every_change_once_and_in_order() -> None:
    crowd = People(MEMBERS)
    for seq in range(1, 8):
        crowd.room.give([change(seq)])
        await asyncio.sleep(0)
    await crowd.settled()
    assert all(crowd.heard(connection) == list(range(1, 8)) for connection in crowd.connections)


async def test_what_comes_while_a_large_room_is_given_something_leaves_in_one_write() -> None:
    crowd = People(MEMBERS)
    for seq in range(1, 21):
        crowd.room.give([change(seq)])
    await crowd.settled()
    outlet = crowd.connections[0].outlet
    assert isinstance(outlet, RememberingOutlet)
    assert (crowd.heard(crowd.connections[0]), outlet.writes) == (list(range(1, 21)), 1)


async def test_who_leaves_between_two_slices_gets_nothing_more() -> None:
    crowd = People(MEMBERS)
    crowd.room.give([change(1), change(2)])
    await asyncio.sleep(0)
    gone = next(connection for connection in crowd.connections if not crowd.heard(connection))
    crowd.room.leave(gone.person)
    await crowd.settled()
    assert crowd.heard(gone) == []
    assert len(crowd.reached) == MEMBERS - 1


async def test_a_socket_that_goes_between_two_slices_gets_nothing_more_though_its_person_stays() -> None:
    crowd = People(MEMBERS)
    crowd.room.give([change(1)])
    await asyncio.sleep(0)
    gone = next(connection for connection in crowd.connections if not crowd.heard(connection))
    gone.is_gone = True
    await crowd.settled()
    assert crowd.heard(gone) == []


async def test_many_sockets_of_few_people_are_given_slice_by_slice_too() -> None:
    crowd = People(2)
    more = [Connection(crowd.connections[0].user_id, "session:1", RememberingOutlet()) for _ in range(MEMBERS)]
    crowd.connections[0].person.entered.update(more)
    crowd.room.give([change(1)])
    await asyncio.sleep(0)
    assert sum(bool(crowd.heard(connection)) for connection in (*crowd.connections, *more)) == SLICE
    await crowd.settled()
    assert all(crowd.heard(connection) == [1] for connection in (*crowd.connections, *more))


async def test_who_comes_while_a_change_is_given_out_gets_what_follows_it() -> None:
    crowd = People(MEMBERS)
    crowd.room.give([change(1)])
    await asyncio.sleep(0)
    crowd.room.give([change(2)])
    new = Connection(uuid.uuid4(), "session:1", RememberingOutlet())
    crowd.bring([new])
    await crowd.settled()
    assert crowd.heard(new) == [2]


@pytest.mark.parametrize("members", [3, MEMBERS])
async def test_a_change_of_membership_is_noticed_before_what_follows_it_is_given(members: int) -> None:
    crowd = People(members)
    leaver = crowd.connections[-1]
    crowd.room._notice = lambda conversation_id, content: crowd.room.leave(leaver.person)
    crowd.room.give([change(1), change(2, "member.left"), change(3)])
    await crowd.settled()
    assert crowd.heard(leaver) == [1, 2]
    assert crowd.heard(crowd.connections[0]) == [1, 2, 3]


async def test_a_small_room_that_grows_large_while_it_is_spoken_in_keeps_its_order() -> None:
    crowd = People(FEW)
    crowd.room.give([change(1)])
    late = People(FEW).connections
    crowd.bring(late)
    crowd.room.give([change(2)])
    for connection in late:
        crowd.room.leave(connection.person)
    crowd.room.give([change(3)])
    await crowd.settled()
    assert all(crowd.heard(connection) == [1, 2, 3] for connection in crowd.connections)
    assert all(crowd.heard(connection) == [] for connection in late)


async def test_an_empty_room_stops_giving() -> None:
    crowd = People(MEMBERS)
    crowd.room.give([change(1)])
    await asyncio.sleep(0)
    crowd.room.close()
    giving = crowd.room._giving
    assert giving
    with pytest.raises(asyncio.CancelledError):
        await giving
    assert len(crowd.reached) == SLICE
