"""Reads from a real streaming follower: never behind what one wrote, never from a stale, dead or strange one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live import Account, LiveServer, Workers, two_workers
from tests.live_postgres import LivePostgres
from tests.live_redis import LiveRedis

pytestmark = pytest.mark.server
TRAIL_SECONDS = 2.0
DEADLINE_SECONDS = 20.0


@pytest.fixture(scope="module")
def primary() -> Iterator[LivePostgres]:
    postgres = LivePostgres()
    try:
        postgres.make()
        yield postgres
    finally:
        postgres.remove()


@pytest.fixture(scope="module")
def follower(primary: LivePostgres) -> Iterator[LivePostgres]:
    postgres = LivePostgres()
    try:
        postgres.follow(primary)
        yield postgres
    finally:
        postgres.remove()


@pytest.fixture(scope="module")
def workers(
    primary: LivePostgres, follower: LivePostgres, redis_server: LiveRedis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    urls = {"DATABASE_URL": primary.url, "PARLEY_FOLLOWER_URLS": follower.url, "REDIS_URL": redis_server.url}
    with two_workers(tmp_path_factory.mktemp("parley"), **urls) as pair:
        yield pair


@pytest.fixture
def alice(workers: Workers, follower: LivePostgres) -> Iterator[Account]:
    """She wrote nothing lately, and the follower is in use."""
    alice = workers[0].newcomer("alice")
    until(lambda: is_read_from(follower, alice), "the follower is not used")
    until(lambda: is_read_from(follower, alice.at(workers[1])), "the follower is not used by the other worker")
    yield alice
    follower.ask("SELECT pg_wal_replay_resume()")


def until(is_it: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_it():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)  # polls processes that cannot call back


def is_read_from(follower: LivePostgres, account: Account) -> bool:
    """Whether a search of this person's is asked there now; its words tell it from every other."""
    words = uuid.uuid4().hex
    assert account.api.get("users", params={"search": words}).status_code == 200
    return follower.statements(words) > 0


def contacts(account: Account) -> list[str]:
    answer = account.api.get(f"users/{account.id}/contacts")
    assert answer.status_code == 200
    return [row["user"]["id"] for row in answer.json()["results"]]


def add_contact(account: Account, other: Account) -> None:
    assert account.api.put(f"users/{account.id}/contacts/{other.id}", json={}).status_code == 201


def test_what_one_wrote_one_reads_at_once_at_any_worker(
    workers: Workers, alice: Account, follower: LivePostgres
) -> None:
    bob = workers[0].newcomer("bob")
    # From here on the follower has nothing new, and until that is noticed it is in use.
    follower.ask("SELECT pg_wal_replay_pause()")
    add_contact(alice, bob)
    assert contacts(alice.at(workers[1])) == [bob.id]
    assert contacts(alice) == [bob.id]


def test_a_follower_that_trails_is_left_out_and_read_again_once_it_has_caught_up(
    workers: Workers, alice: Account, follower: LivePostgres
) -> None:
    bob = workers[0].newcomer("bob")
    follower.ask("SELECT pg_wal_replay_pause()")
    paused_at = time.monotonic()
    add_contact(alice, bob)
    until(lambda: not is_read_from(follower, alice), "a stale follower is read")
    # Long after the mark of who wrote has gone, what the follower lacks is still there to read.
    while time.monotonic() < paused_at + 2 * TRAIL_SECONDS:
        assert contacts(alice) == [bob.id]
    assert not is_read_from(follower, alice)
    follower.ask("SELECT pg_wal_replay_resume()")
    until(lambda: is_read_from(follower, alice), "a follower that caught up is not read again")
    assert contacts(alice) == [bob.id]


def test_a_follower_never_trails_longer_than_it_says(workers: Workers, alice: Account, follower: LivePostgres) -> None:
    """Others may read what was there a moment ago; no longer than that."""
    bob = workers[0].newcomer("bob")
    follower.ask("SELECT pg_wal_replay_pause()")
    named = uuid.uuid4().hex
    assert bob.api.patch("me", json={"display_name": named}).status_code == 200
    wrote_at = time.monotonic()

    def is_found() -> bool:
        return len(alice.api.get("users", params={"search": named}).json()["results"]) == 1

    until(is_found, "never found")
    assert time.monotonic() - wrote_at < TRAIL_SECONDS + 1


def test_what_a_follower_does_not_have_yet_is_asked_of_the_primary(
    workers: Workers, alice: Account, follower: LivePostgres
) -> None:
    follower.ask("SELECT pg_wal_replay_pause()")
    bob = workers[0].newcomer("bob")
    assert alice.api.get(f"users/{bob.id}").status_code == 200


def test_who_was_added_to_a_group_finds_it_at_once(workers: Workers, alice: Account, follower: LivePostgres) -> None:
    bob = workers[0].newcomer("bob")
    until(lambda: is_read_from(follower, bob), "the follower is not used")
    follower.ask("SELECT pg_wal_replay_pause()")
    group = alice.make_group(bob)
    rows = bob.at(workers[1]).api.get(f"users/{bob.id}/groups").json()["results"]
    assert [row["id"] for row in rows] == [group]


def test_pages_read_from_the_follower_too(workers: Workers, alice: Account, follower: LivePostgres) -> None:
    browser = alice.at(workers[0]).browser()
    words = uuid.uuid4().hex

    def is_read() -> bool:
        assert browser.get("/people/", params={"q": words}).status_code == 200
        return follower.statements(words) > 0

    until(is_read, "pages never read from the follower")
    browser.close()


async def test_who_may_hear_is_never_read_from_the_follower(
    workers: Workers, alice: Account, follower: LivePostgres
) -> None:
    group = alice.make_group()
    socket = await alice.at(workers[1]).connect()
    assert (await socket.say(group, "hello"))["type"] == "ack"
    alice.api.get("conversations")
    assert alice.at(workers[1]).api.get(f"conversations/{group}/messages").status_code == 200
    assert follower.statements(group) == 0
    assert follower.statements("parley_token") + follower.statements("django_session") == 0
    await socket.close()


def test_a_dead_follower_does_not_fail_a_page(workers: Workers, alice: Account, follower: LivePostgres) -> None:
    follower.kill()
    end = time.monotonic() + 3 * TRAIL_SECONDS
    try:
        while time.monotonic() < end:
            began = time.monotonic()
            assert alice.api.get("users", params={"search": "alice"}).status_code == 200
            assert time.monotonic() - began < TRAIL_SECONDS
    finally:
        follower.start()
    until(lambda: is_read_from(follower, alice), "a follower that came back is not read again")


def test_a_stranger_is_no_follower(primary: LivePostgres, tmp_path: Path) -> None:
    """Neither another database nor the primary itself; both are left out, and everything is read from the primary."""
    stranger = LivePostgres()
    stranger.make()
    urls = f"{stranger.url},{primary.url}"
    server = LiveServer(tmp_path, DATABASE_URL=primary.url, PARLEY_FOLLOWER_URLS=urls)
    try:
        server.prepare()
        server.start()
        alice = server.newcomer("alice")
        until(
            lambda: server.log.read_text().count("too far behind, or away") == 2, "a stranger was taken for a follower"
        )
        assert not is_read_from(stranger, alice)
    finally:
        server.stop()
        stranger.remove()


def test_followers_need_a_primary(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, PARLEY_FOLLOWER_URLS="postgres://parley@127.0.0.1:1/parley")
    with pytest.raises(AssertionError, match="PARLEY_FOLLOWER_URLS must name followers"):
        server.manage("migrate")
