"""What reaches a socket, in which order, and who is let go."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
import uuid
from collections.abc import Sequence

import pytest

from messaging import hub as hub_module
from messaging.hub import CLOSE_REVOKED, CLOSE_TOO_SLOW, Hub
from messaging.outlet import BACKLOG_BYTES_MOST
from messaging.protocol import TypingStarted
from messaging.room import FEW, Connection, Numbered
from tests.messaging.conftest import RememberingOutlet

ALICE, BOB, CAROL, PLACE, OTHER = (uuid.uuid4() for _ in range(5))


def change(seq: int) -> Numbered:
    return seq, json.dumps({"seq": seq}).encode()


class Log:
    """The history's part: what it holds, and whether it answers."""

    def __init__(self) -> None:
        self.head = 0
        self.failures = 0
        self.asked: list[int] = []
        self.answered = asyncio.Event()

    async def fetch(self, conversation_id: uuid.UUID, after: int) -> Sequence[Numbered]:
        self.asked.append(after)
        if self.failures:
            self.failures -= 1
            raise OSError("the store is away")
        self.answered.set()
        return [change(seq) for seq in range(after + 1, self.head + 1)]


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def hub(log: Log, monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(hub_module, "GAP_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(hub_module, "GAP_RETRY_SECONDS", 0.001)
    return Hub(log.fetch)


def arrive(hub: Hub, user_id: uuid.UUID, *places: uuid.UUID, session_id: str = "session:1") -> RememberingOutlet:
    outlet = RememberingOutlet()
    hub.enter(Connection(user_id, session_id, outlet), places)
    return outlet


def seqs(outlet: RememberingOutlet) -> list[int]:
    return [frame["seq"] for frame in outlet.said() if "seq" in frame]


async def settled(outlet: RememberingOutlet, expected: list[int]) -> None:
    async with asyncio.timeout(5):
        while seqs(outlet) != expected:  # noqa: ASYNC110  # the outlet is the event
            await asyncio.sleep(0)


async def test_every_connection_of_the_conversation_gets_a_change_and_no_other(hub: Hub) -> None:
    here, also, elsewhere = arrive(hub, ALICE, PLACE), arrive(hub, BOB, PLACE), arrive(hub, CAROL, OTHER)
    hub.deliver(PLACE, [change(1), change(2)])
    assert (seqs(here), seqs(also), seqs(elsewhere)) == ([1, 2], [1, 2], [])


async def test_a_socket_that_only_registered_gets_nothing_of_conversations(hub: Hub) -> None:
    here, outlet = arrive(hub, ALICE, PLACE), RememberingOutlet()
    connection = Connection(ALICE, "session:2", outlet)
    hub.register(connection)
    hub.deliver(PLACE, [change(1)])
    hub.enter(connection, [PLACE])
    hub.deliver(PLACE, [change(2)])
    assert (seqs(here), seqs(outlet)) == ([1, 2], [2])


async def test_what_a_new_socket_finds_out_the_users_other_sockets_learn(hub: Hub) -> None:
    before = arrive(hub, ALICE, PLACE)
    new = arrive(hub, ALICE, PLACE, OTHER)
    assert [frame["type"] for frame in before.said()] == ["conversation.added"]
    hub.deliver(OTHER, [change(1)])
    assert (seqs(before), seqs(new)) == ([1], [1])


async def test_a_socket_more_costs_nothing_for_each_of_its_users_conversations(hub: Hub) -> None:
    places = [uuid.uuid4() for _ in range(3_000)]
    arrive(hub, ALICE, *places)
    tracemalloc.start()
    arrive(hub, ALICE, *places)
    added, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert added < 16_384


async def test_a_change_announced_twice_is_given_once(hub: Hub) -> None:
    outlet = arrive(hub, ALICE, PLACE)
    for _ in range(2):
        hub.deliver(PLACE, [change(1), change(2)])
    assert seqs(outlet) == [1, 2]


async def test_a_change_that_comes_early_waits_for_its_turn(hub: Hub, log: Log) -> None:
    outlet = arrive(hub, ALICE, PLACE)
    hub.deliver(PLACE, [change(1)])
    hub.deliver(PLACE, [change(3)])
    assert seqs(outlet) == [1]
    hub.deliver(PLACE, [change(2)])
    assert seqs(outlet) == [1, 2, 3]


async def test_the_very_first_change_is_waited_for(hub: Hub) -> None:
    outlet = arrive(hub, ALICE, PLACE)
    hub.notice_head(PLACE, 0)
    hub.deliver(PLACE, [change(2)])
    assert seqs(outlet) == []
    hub.deliver(PLACE, [change(1)])
    assert seqs(outlet) == [1, 2]


async def test_a_missing_change_is_fetched_and_put_in_its_place(hub: Hub, log: Log) -> None:
    outlet = arrive(hub, ALICE, PLACE)
    hub.deliver(PLACE, [change(1)])
    log.head = 5
    hub.deliver(PLACE, [change(4), change(5)])
    await settled(outlet, [1, 2, 3, 4, 5])


async def test_a_gap_is_filled_once_the_history_answers_again(hub: Hub, log: Log) -> None:
    outlet = arrive(hub, ALICE, PLACE)
    hub.deliver(PLACE, [change(1)])
    log.head, log.failures = 3, 3
    hub.deliver(PLACE, [change(3)])
    await settled(outlet, [1, 2, 3])


async def test_a_lost_announcement_is_noticed_by_the_head(hub: Hub, log: Log) -> None:
    outlet = arrive(hub, ALICE, PLACE)
    hub.deliver(PLACE, [change(1)])
    log.head = 3
    hub.notice_head(PLACE, 3)
    await settled(outlet, [1, 2, 3])


async def test_a_first_look_at_the_head_asks_for_nothing(hub: Hub, log: Log) -> None:
    outlet = arrive(hub, ALICE, PLACE)
    hub.notice_head(PLACE, 7)
    hub.deliver(PLACE, [change(8)])
    assert (seqs(outlet), log.asked) == ([8], [])


async def test_who_was_removed_is_told_and_gets_nothing_more(hub: Hub) -> None:
    phone, desk, stays = arrive(hub, ALICE, PLACE), arrive(hub, ALICE, PLACE), arrive(hub, BOB, PLACE)
    hub.remove_member(PLACE, ALICE)
    hub.deliver(PLACE, [change(1)])
    told = [{"type": "conversation.removed", "conversation_id": str(PLACE)}]
    assert (phone.said(), desk.said(), seqs(stays)) == (told, told, [1])


async def test_who_is_removed_from_a_large_conversation_while_it_is_spoken_in_gets_nothing_more(hub: Hub) -> None:
    users = [uuid.uuid4() for _ in range(2 * FEW)]
    outlets = {user: arrive(hub, user, PLACE) for user in users}
    hub.deliver(PLACE, [change(1)])
    await asyncio.sleep(0)
    waiting = next(user for user, outlet in outlets.items() if not outlet.frames)
    hub.remove_member(PLACE, waiting)
    for _ in users:
        await asyncio.sleep(0)
    assert outlets[waiting].said() == [{"type": "conversation.removed", "conversation_id": str(PLACE)}]


async def test_who_was_added_is_told_and_gets_what_follows(hub: Hub) -> None:
    outlet = arrive(hub, ALICE)
    hub.add_member(PLACE, ALICE)
    hub.deliver(PLACE, [change(1)])
    assert outlet.said() == [{"type": "conversation.added", "conversation_id": str(PLACE)}, {"seq": 1}]


async def test_what_follows_a_removal_in_the_same_breath_does_not_reach_who_was_removed(hub: Hub) -> None:
    gone, stays = arrive(hub, ALICE, PLACE), arrive(hub, BOB, PLACE)
    hub.notice = lambda place, content: hub.remove_member(place, ALICE)
    removal = b'{"type":"member.removed","seq":2}'
    hub.deliver(PLACE, [change(1), (2, removal), change(3)])
    assert (seqs(gone), seqs(stays)) == ([1, 2], [1, 2, 3])


async def test_who_is_suspended_gets_nothing_until_it_is_known_who_they_are(hub: Hub) -> None:
    outlet = RememberingOutlet()
    connection = Connection(ALICE, "session:1", outlet)
    hub.enter(connection, [PLACE])
    stays = arrive(hub, BOB, PLACE)
    hub.suspend_member(PLACE, ALICE)
    # Nor by looking at it.
    hub.watch(connection, PLACE)
    hub.deliver(PLACE, [change(1)])
    hub.show(PLACE, BOB, TypingStarted(conversation_id=PLACE, user_id=BOB))
    assert (outlet.said(), seqs(stays)) == ([], [1])
    assert hub.add_member(PLACE, ALICE)
    assert not hub.add_member(PLACE, ALICE)
    hub.deliver(PLACE, [change(2)])
    hub.suspend_member(PLACE, ALICE)
    hub.remove_member(PLACE, ALICE)
    hub.deliver(PLACE, [change(3)])
    about = {"conversation_id": str(PLACE)}
    told = [{"type": "conversation.added"} | about, {"seq": 2}, {"type": "conversation.removed"} | about]
    assert outlet.said() == told


async def test_who_is_suspended_alone_can_come_back(hub: Hub) -> None:
    outlet, other = arrive(hub, ALICE, PLACE), RememberingOutlet()
    hub.suspend_member(PLACE, ALICE)
    passing = Connection(BOB, "session:2", other)
    hub.enter(passing, [PLACE])
    hub.leave(passing)
    assert hub.conversations() == []
    hub.add_member(PLACE, ALICE)
    hub.deliver(PLACE, [change(1)])
    assert seqs(outlet)[-1:] == [1]


async def test_a_conversation_that_is_gone_is_taken_from_everyone(hub: Hub) -> None:
    outlets = [arrive(hub, ALICE, PLACE), arrive(hub, BOB, PLACE)]
    hub.remove_conversation(PLACE)
    assert all(outlet.said()[0]["type"] == "conversation.removed" for outlet in outlets)
    assert hub.conversations() == []


async def test_a_connection_that_left_keeps_nothing_in_the_hub(hub: Hub) -> None:
    outlet = RememberingOutlet()
    connection = Connection(ALICE, "session:1", outlet)
    hub.enter(connection, [PLACE, OTHER])
    hub.leave(connection)
    hub.leave(connection)
    hub.deliver(PLACE, [change(1)])
    assert (outlet.said(), hub.conversations(), hub.connections()) == ([], [], [])


async def test_an_ended_session_closes_its_sockets_and_no_others(hub: Hub) -> None:
    ended = arrive(hub, ALICE, PLACE, session_id="session:1")
    stays = arrive(hub, ALICE, PLACE, session_id="token:2")
    await hub.revoke(user_id=None, session_id="session:1")
    hub.deliver(PLACE, [change(1)])
    assert (ended.code, seqs(ended)) == (CLOSE_REVOKED, [])
    assert (stays.code, seqs(stays)) == (None, [1])


async def test_a_suspended_user_loses_every_socket(hub: Hub) -> None:
    gone = [arrive(hub, ALICE, PLACE, session_id=f"session:{number}") for number in range(3)]
    stays = arrive(hub, BOB, PLACE)
    await hub.revoke(user_id=ALICE, session_id=None)
    assert [outlet.code for outlet in gone] == [CLOSE_REVOKED] * 3
    assert stays.code is None


async def test_a_slow_reader_misses_events_and_is_told_once_it_caught_up(hub: Hub) -> None:
    slow, quick = arrive(hub, ALICE, PLACE), arrive(hub, BOB, PLACE)
    slow.stuck_bytes = BACKLOG_BYTES_MOST + 1
    hub.deliver(PLACE, [change(1)])
    slow.stuck_bytes = 5
    hub.deliver(PLACE, [change(2)])
    await hub.check_lag()
    assert seqs(slow) == []
    slow.stuck_bytes = 0
    await hub.check_lag()
    hub.deliver(PLACE, [change(3)])
    assert slow.said() == [{"type": "lagging"}, {"seq": 3}]
    assert seqs(quick) == [1, 2, 3]


async def test_a_reader_that_never_catches_up_is_cut(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "LAG_SECONDS_MOST", -1.0)
    dead, alive = arrive(hub, ALICE, PLACE), arrive(hub, BOB, PLACE)
    dead.stuck_bytes = BACKLOG_BYTES_MOST + 1
    hub.deliver(PLACE, [change(1)])
    await hub.check_lag()
    assert (dead.code, dead.is_cut) == (CLOSE_TOO_SLOW, True)
    assert (alive.code, alive.is_cut, len(hub.connections())) == (None, False, 1)


async def test_what_only_matters_to_who_looks_is_left_out_where_anything_waits(hub: Hub) -> None:
    looker, behind = arrive(hub, BOB, PLACE), arrive(hub, BOB, PLACE)
    for connection in list(hub.of_user(BOB)):
        hub.watch(connection, PLACE)
    behind.stuck_bytes = 1
    hub.show(PLACE, ALICE, TypingStarted(conversation_id=PLACE, user_id=ALICE))
    assert [frame["type"] for frame in looker.said()] == ["typing.started"]
    assert behind.said() == []


async def test_a_connection_looks_at_one_conversation_at_a_time(hub: Hub) -> None:
    looker = arrive(hub, BOB, PLACE, OTHER)
    [connection] = hub.of_user(BOB)
    hub.watch(connection, PLACE)
    hub.watch(connection, OTHER)
    for place in (PLACE, OTHER):
        hub.show(place, ALICE, TypingStarted(conversation_id=place, user_id=ALICE))
    assert [frame["conversation_id"] for frame in looker.said()] == [str(OTHER)]
