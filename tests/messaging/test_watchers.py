"""Who is told what of whom: between two workers that share a register, without a socket and without a clock."""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts import actions
from accounts.errors import UnavailableError
from accounts.models import User
from messaging.presence import watchers as module
from messaging.presence.sight import Profile, load_profiles
from messaging.protocol import PEOPLE_A_PAGE
from tests.messaging.house import ALICE, BOB, CAROL, OFFLINE, House, by_name, told, until_told


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(module, "RETURN_SECONDS", 0.0)
    return House()


async def test_the_first_page_says_how_each_of_them_looks(house: House) -> None:
    stranger = uuid.uuid4()
    house.there.presence.attend(BOB, "away")
    house.there.presence.attend(CAROL, "online")
    await house.pass_second()
    house.there.presence.attend(CAROL, None)
    await house.pass_second()
    connection, _ = house.here.socket()
    page = by_name(await house.here.watchers.watch(connection, [ALICE, BOB, CAROL, stranger]))
    assert page[BOB] == {"state": "away"}
    assert page[CAROL].keys() == {"state", "last_seen_at"}
    seen_at = datetime.fromisoformat(page[CAROL]["last_seen_at"])
    assert datetime.now(UTC) - seen_at < timedelta(seconds=10)
    assert page[ALICE] == page[stranger] == OFFLINE


async def test_what_changes_at_another_worker_is_told_once_and_to_who_watches(house: House) -> None:
    watching, outlet = house.here.socket()
    elsewhere, quiet = house.here.socket()
    await house.here.watchers.watch(watching, [BOB])
    await house.here.watchers.watch(elsewhere, [CAROL])
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    assert told(outlet) == [{BOB: {"state": "online"}}]
    house.there.presence.attend(BOB, "away")
    await house.pass_second()
    assert told(outlet) == [{BOB: {"state": "away"}}]
    house.here.presence.attend(BOB, "away")  # a second device: nobody sees a difference
    await house.pass_second()
    house.there.presence.attend(BOB, None)
    await house.pass_second()
    assert told(outlet) == []
    house.here.presence.attend(BOB, None)
    await house.pass_second()
    [digest] = told(outlet)
    assert digest[BOB]["state"] == "offline"
    assert told(quiet) == []


async def test_what_comes_together_is_one_digest(house: House) -> None:
    crowd = [uuid.uuid4() for _ in range(2 * PEOPLE_A_PAGE + 50)]
    house.profiles |= {who: Profile(hides=False) for who in crowd}
    connection, outlet = house.here.socket()
    await house.here.watchers.watch(connection, crowd)
    for who in crowd:
        house.there.presence.attend(who, "online")
    await house.pass_second()
    digests = told(outlet)
    assert [len(digest) for digest in digests] == [PEOPLE_A_PAGE, PEOPLE_A_PAGE, 50]
    assert {who for digest in digests for who in digest} == set(crowd)


async def test_a_page_that_is_loaded_again_does_not_flicker(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETURN_SECONDS", 0.5)
    connection, outlet = house.here.socket()
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    await house.here.watchers.watch(connection, [BOB])
    house.there.presence.attend(BOB, None)
    await house.pass_second()
    await house.here.watchers.sweep()
    await house.pass_second()
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    assert told(outlet) == []
    house.there.presence.attend(BOB, None)
    await house.pass_second()
    assert told(outlet) == []
    await until_told(house, outlet)
    assert told(outlet)[0][BOB]["state"] == "offline"


@pytest.mark.parametrize(
    ("who", "profile"),
    [
        (BOB, Profile(hides=True)),
        (BOB, Profile(hides=False, blocked=frozenset({ALICE}))),
        (ALICE, Profile(hides=True)),
    ],
    ids=["who hides", "who blocked the watcher", "everybody, to who hides"],
)
async def test_some_look_as_if_they_were_not_here_for_long(house: House, who: UUID, profile: Profile) -> None:
    connection, outlet = house.here.socket()
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    plain = house.profiles[who]
    house.profiles[who] = profile
    assert by_name(await house.here.watchers.watch(connection, [BOB])) == {BOB: OFFLINE}
    house.there.presence.attend(BOB, "away")
    await house.pass_second()
    assert told(outlet) == []
    house.profiles[who] = plain
    house.there.watchers.change([who])
    await house.pass_second()
    assert told(outlet) == [{BOB: {"state": "away"}}]
    house.profiles[who] = profile
    house.here.watchers.change([who])
    await house.pass_second()
    assert told(outlet) == [{BOB: OFFLINE}]


async def test_others_see_who_blocked_somebody_else(house: House) -> None:
    connection, _ = house.here.socket(CAROL)
    house.profiles[BOB] = Profile(hides=False, blocked=frozenset({ALICE}))
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    assert by_name(await house.here.watchers.watch(connection, [BOB])) == {BOB: {"state": "online"}}


async def test_a_status_is_seen_of_all_and_ends_by_itself(house: House) -> None:
    connection, outlet = house.here.socket()
    ends_at = datetime.now(UTC) + timedelta(seconds=0.3)
    house.profiles[BOB] = Profile(hides=True, status="At lunch", status_ends_at=ends_at)
    page = by_name(await house.here.watchers.watch(connection, [BOB]))
    assert page == {BOB: {"state": "offline", "status": "At lunch"}}
    await until_told(house, outlet)
    assert datetime.now(UTC) >= ends_at
    assert told(outlet) == [{BOB: OFFLINE}]


async def test_a_socket_that_is_behind_is_told_with_the_next_digest(house: House) -> None:
    connection, outlet = house.here.socket()
    await house.here.watchers.watch(connection, [BOB, CAROL])
    outlet.stuck_bytes = 1
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    house.there.presence.attend(BOB, "away")
    house.there.presence.attend(CAROL, "online")
    await house.pass_second()
    assert told(outlet) == []
    outlet.stuck_bytes, connection.lagging_since = 0, time.monotonic()
    await house.pass_second()
    assert told(outlet) == []
    connection.lagging_since = None
    await house.pass_second()
    assert told(outlet) == [{BOB: {"state": "away"}, CAROL: {"state": "online"}}]


async def test_a_new_watch_takes_the_place_of_the_one_before_and_a_socket_that_goes_has_none(house: House) -> None:
    connection, outlet = house.here.socket()
    await house.here.watchers.watch(connection, [BOB])
    await house.here.watchers.watch(connection, [CAROL])
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    assert told(outlet) == []
    house.here.watchers.drop(connection)
    house.there.presence.attend(CAROL, "online")
    await house.pass_second()
    assert told(outlet) == []
    assert house.here.watchers._of == {}
    assert house.here.watchers._watches == {}


async def test_where_nobody_watches_the_register_is_not_asked(house: House) -> None:
    connection, _ = house.here.socket()
    await house.here.watchers.watch(connection, [BOB])
    await house.here.watchers.watch(connection, [])
    house.register.asked = 0
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    await house.here.watchers.sweep()
    house.here.watchers.change([BOB])
    await house.pass_second()
    assert house.register.asked == 0


async def test_while_nothing_changes_a_beat_asks_once_and_tells_nothing(house: House) -> None:
    connection, outlet = house.here.socket()
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    await house.here.watchers.watch(connection, [BOB, CAROL])
    house.register.asked = 0
    for _ in range(10):
        await house.pass_second()
    assert house.register.asked == 0
    await house.here.watchers.sweep()
    await house.pass_second()
    assert house.register.asked == 1
    assert told(outlet) == []


async def test_all_who_begin_to_watch_at_once_are_one_question(house: House) -> None:
    crowd = [uuid.uuid4() for _ in range(300)]
    house.profiles |= {who: Profile(hides=False) for who in crowd}
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    house.register.asked = 0
    watches = (house.here.watchers.watch(house.here.socket(who)[0], [BOB, who]) for who in crowd)
    pages = await asyncio.gather(*watches)
    assert house.register.asked <= 2
    assert all(by_name(page)[BOB] == {"state": "online"} for page in pages)
    assert [set(by_name(page)) for page in pages] == [{BOB, who} for who in crowd]


async def test_a_beat_heals_a_hint_that_was_lost(house: House) -> None:
    connection, outlet = house.here.socket()
    await house.here.watchers.watch(connection, [BOB])
    house.loses_hints = True
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    assert told(outlet) == []
    await house.here.watchers.sweep()
    await house.pass_second()
    assert told(outlet) == [{BOB: {"state": "online"}}]


async def test_a_register_that_is_away_makes_nobody_look_offline(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    connection, outlet = house.here.socket()
    house.there.presence.attend(BOB, "online")
    await house.pass_second()
    await house.here.watchers.watch(connection, [BOB])
    house.register.is_down = True
    await house.here.watchers.sweep()
    await house.pass_second()
    assert told(outlet) == []
    other, _ = house.here.socket()
    with pytest.raises(UnavailableError):
        await house.here.watchers.watch(other, [BOB])
    assert other not in house.here.watchers._watches
    house.register.is_down = False
    house.there.presence.attend(BOB, "away")
    await house.pass_second()
    assert told(outlet) == [{BOB: {"state": "away"}}]


async def test_what_changes_while_the_first_page_is_on_its_way_is_not_lost(house: House) -> None:
    connection, outlet = house.here.socket()
    answered = house.register.seen
    seconds: list[asyncio.Task[None]] = []

    async def bob_comes_meanwhile(users: Any) -> Any:
        house.register.seen = answered  # type: ignore[method-assign]
        seconds.append(asyncio.create_task(house.pass_second()))
        house.there.presence.attend(BOB, "online")
        await house.there.presence.noted()
        return await answered(users)

    house.register.seen = bob_comes_meanwhile  # type: ignore[method-assign]
    page = by_name(await house.here.watchers.watch(connection, [BOB]))
    assert page[BOB]["state"] == "offline"
    await asyncio.gather(*seconds)
    await house.pass_second()
    assert told(outlet) == [{BOB: {"state": "online"}}]


def test_a_profile_is_what_the_database_says(alice: User, bob: User, carol: User, db: None) -> None:
    actions.change_profile(alice, status="At lunch", hides_presence=True)
    actions.block_user(alice, blocked=bob)
    User.objects.filter(pk=carol.pk).update(is_active=False)
    found = load_profiles([alice.pk, bob.pk, carol.pk, uuid.uuid4()])
    assert found == {
        alice.pk: Profile(hides=True, status="At lunch", blocked=frozenset({bob.pk})),
        bob.pk: Profile(hides=False),
    }
