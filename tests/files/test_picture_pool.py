"""Decoding in processes of their own: limited, ended, and shared fairly between people."""

from __future__ import annotations

import functools
import io
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from accounts.errors import UnavailableError
from messaging.files.pictures import pool as pool_module
from messaging.files.pictures.decoder import Decoder
from messaging.files.pictures.outcome import NO_PICTURE, Outcome
from messaging.files.pictures.pool import PicturePool
from tests.files.conftest import jpeg, tall_png

DEADLINE_SECONDS = 30.0
TOO_COMPLEX = Outcome(reason="too_complex")


def of(pool: PicturePool, content: bytes, person: str = "alice") -> Outcome:
    return pool.remake(person, io.BytesIO(content), len(content))


@pytest.fixture
def hungry(monkeypatch: pytest.MonkeyPatch) -> Iterator[PicturePool]:
    """As patient as a busy machine needs."""
    for name in ("PICTURE_SECONDS", "MOMENT_SECONDS", "WAIT_SECONDS"):
        monkeypatch.setattr(pool_module, name, DEADLINE_SECONDS)
    pool = PicturePool(2, functools.partial(Decoder, "tests.files.hungry"))
    yield pool
    pool.close()
    pool._end_running()


def test_a_picture_is_made_anew_in_another_process() -> None:
    pool = PicturePool(1)
    made = of(pool, jpeg((40, 20))).picture
    assert made
    assert (made.width, made.height, made.media_type) == (40, 20, "image/jpeg")
    [decoder] = pool._idle
    assert of(pool, tall_png(49_000_000)).reason == "too_large"
    assert pool._idle == [decoder]
    pool.close()
    assert not Path(f"/proc/{decoder.pid}").exists()


@pytest.mark.parametrize("how", ["spin", "eat", "crash"])
def test_a_process_that_exceeds_its_limits_is_ended_and_the_next_picture_gets_another(
    hungry: PicturePool, how: str
) -> None:
    begun = time.monotonic()
    assert of(hungry, how.encode()) == TOO_COMPLEX
    assert time.monotonic() - begun < DEADLINE_SECONDS
    assert of(hungry, b"fine") == NO_PICTURE


def test_a_process_that_does_not_come_to_compute_is_ended_and_the_picture_asked_for_again(
    hungry: PicturePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PICTURE_SECONDS", "MOMENT_SECONDS"):
        monkeypatch.setattr(pool_module, name, 0.5)
    with pytest.raises(UnavailableError):
        of(hungry, b"sleep")
    assert hungry._idle == []


def test_what_a_decoder_prints_is_no_answer(hungry: PicturePool) -> None:
    assert of(hungry, b"babble") == NO_PICTURE


def test_an_idle_process_ends_by_itself_and_nobody_notices(hungry: PicturePool) -> None:
    assert of(hungry, b"fine") == NO_PICTURE
    [decoder] = hungry._idle
    decoder._process.wait(DEADLINE_SECONDS)
    assert of(hungry, b"fine") == NO_PICTURE


def test_a_decoder_knows_no_secret_of_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_SECRET_KEY", "hush")
    decoder = Decoder()
    assert "hush" not in Path(f"/proc/{decoder.pid}/environ").read_text()
    decoder.end()


def test_a_decoder_that_cannot_start_is_no_fault_of_the_pictures(caplog: pytest.LogCaptureFixture) -> None:
    pool = PicturePool(1, functools.partial(Decoder, "tests.files.nowhere"))
    with pytest.raises(UnavailableError):
        of(pool, jpeg())
    assert "no process for pictures" in caplog.text


# --- turns


class Held:
    """A decoder that answers when the test says so."""

    def __init__(self) -> None:
        self.begun: list[bytes] = []
        self.let_go: dict[bytes, threading.Event] = {}
        self.changed = threading.Condition()

    def remake(self, content: io.BytesIO, size: int, seconds: float) -> Outcome:
        name = content.read()
        with self.changed:
            event = self.let_go.setdefault(name, threading.Event())
            self.begun.append(name)
            self.changed.notify_all()
        assert event.wait(DEADLINE_SECONDS)
        return NO_PICTURE

    def wait_begun(self, *names: bytes) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: set(names) <= set(self.begun), DEADLINE_SECONDS), self.begun

    def finish(self, name: bytes) -> None:
        self.let_go[name].set()

    def end(self) -> None:
        pass


class Asking:
    """People who each wait in a thread of their own."""

    def __init__(self, processes: int) -> None:
        self.held = Held()
        self.pool = PicturePool(processes, lambda: self.held)  # type: ignore[arg-type,return-value]
        self._threads = ThreadPoolExecutor(20)

    def ask(self, person: str, name: bytes) -> Future[Outcome]:
        future = self._threads.submit(of, self.pool, name, person)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (future.done() or name in self.held.begun or self._waits(person)):
            assert time.monotonic() < deadline
            os.sched_yield()
        return future

    def _waits(self, person: str) -> bool:
        return any(turn.person == person for turn in list(self.pool._waiting))


def test_one_persons_pictures_are_decoded_one_after_another_beside_those_of_others() -> None:
    asking = Asking(3)
    first = asking.ask("mallory", b"m1")
    asking.held.wait_begun(b"m1")
    second = asking.ask("mallory", b"m2")
    third = asking.ask("alice", b"a")
    asking.held.wait_begun(b"m1", b"a")
    assert asking.held.begun == [b"m1", b"a"]
    for name in (b"a", b"m1"):
        asking.held.finish(name)
    asking.held.wait_begun(b"m2")
    asking.held.finish(b"m2")
    assert [one.result(DEADLINE_SECONDS) for one in (first, second, third)] == [NO_PICTURE] * 3


def test_who_used_less_of_late_goes_first() -> None:
    asking = Asking(1)
    asking.pool._used["mallory"] = (5.0, time.monotonic())
    asking.ask("bob", b"b")
    asking.held.wait_begun(b"b")
    late = asking.ask("mallory", b"m")
    early = asking.ask("alice", b"a")
    asking.held.finish(b"b")
    asking.held.wait_begun(b"a")
    assert asking.held.begun == [b"b", b"a"]
    asking.held.finish(b"a")
    asking.held.wait_begun(b"m")
    asking.held.finish(b"m")
    assert early.result(DEADLINE_SECONDS) == late.result(DEADLINE_SECONDS) == NO_PICTURE


def test_who_used_much_of_late_leaves_the_last_process_to_others() -> None:
    asking = Asking(2)
    for name in ("mallory", "mallet"):
        asking.pool._used[name] = (5.0, time.monotonic())
    asking.ask("mallory", b"m")
    asking.held.wait_begun(b"m")
    asking.ask("mallet", b"n")
    asking.ask("alice", b"a")
    asking.held.wait_begun(b"a")
    assert asking.held.begun == [b"m", b"a"]
    for name in (b"m", b"a", b"n"):
        asking.held.let_go.setdefault(name, threading.Event()).set()


def test_the_last_process_works_for_a_moment_only(hungry: PicturePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """So newcomers who fill all the others cannot fill it."""
    monkeypatch.setattr(pool_module, "MOMENT_SECONDS", 0.3)
    monkeypatch.setattr(pool_module, "RESERVED_FROM_SECONDS", 1_000.0)
    with ThreadPoolExecutor(2) as threads:
        long = [threads.submit(of, hungry, b"spin", name) for name in ("mallory", "mallet")]
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not any(turn.needs_long for turn in list(hungry._waiting)):
            assert time.monotonic() < deadline
            os.sched_yield()
        monkeypatch.setattr(pool_module, "MOMENT_SECONDS", DEADLINE_SECONDS)
        assert of(hungry, b"fine", "alice") == NO_PICTURE
        assert [one.result(DEADLINE_SECONDS) for one in long] == [TOO_COMPLEX] * 2


def test_who_waits_too_long_or_with_too_many_is_told_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "WAIT_SECONDS", 0.05)
    asking = Asking(1)
    asking.ask("alice", b"a")
    asking.held.wait_begun(b"a")
    with pytest.raises(UnavailableError):
        of(asking.pool, b"b", "bob")
    monkeypatch.setattr(pool_module, "MAX_WAITING_PER_PERSON", 0)
    with pytest.raises(UnavailableError):
        of(asking.pool, b"b", "bob")
    asking.held.finish(b"a")


def test_a_pool_that_closes_refuses_who_waits_and_ends_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "STOP_SECONDS", 0.0)
    pool = PicturePool(1, functools.partial(Decoder, "tests.files.hungry"))
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(of, pool, b"sleep", "alice")
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not any(pool._running.values()):
            assert time.monotonic() < deadline
            os.sched_yield()
        waiting = threads.submit(of, pool, b"fine", "bob")
        while not pool._waiting:
            assert time.monotonic() < deadline
            os.sched_yield()
        pool.close()
        for one in (running, waiting):
            with pytest.raises(UnavailableError):
                one.result(DEADLINE_SECONDS)
    with pytest.raises(UnavailableError):
        of(pool, b"fine")
