"""The server around Daphne: what it does for all its connections leaves room for each."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from chatproject import server as server_module
from chatproject.server import CHECKED_AT_ONCE, REAPED_AT_ONCE, ParleyServer
from messaging import worker as worker_module
from messaging.files.pictures import pool as pool_module
from messaging.files.pictures.pool import PicturePool


class Connected:
    def __init__(self, checked: list[Connected]) -> None:
        self._checked = checked

    def check_timeouts(self) -> None:
        self._checked.append(self)


async def test_timeouts_are_looked_at_a_few_at_a_time_and_not_of_who_left_meanwhile() -> None:
    checked: list[Connected] = []
    connections = [Connected(checked) for _ in range(3 * CHECKED_AT_ONCE)]
    server = ParleyServer.__new__(ParleyServer)
    server.connections = dict.fromkeys(connections)
    server.timeout_checker()
    await asyncio.sleep(0)
    assert checked == connections[:CHECKED_AT_ONCE]
    del server.connections[connections[-1]]
    await server._checking
    assert checked == connections[:-1]


class Failing(Connected):
    def check_timeouts(self) -> None:
        super().check_timeouts()
        raise OSError


async def test_they_are_looked_at_again_even_after_one_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "CHECK_SECONDS", 0.0)
    checked: list[Connected] = []
    server = ParleyServer.__new__(ParleyServer)
    server.connections = {Failing(checked): None}
    server.timeout_checker()
    async with asyncio.timeout(5):
        while len(checked) < 3:  # noqa: ASYNC110  # the checks are the event
            await asyncio.sleep(0)
    server.connections.clear()


class Held:
    """A connection whose application is what a coroutine of ours does."""

    def __init__(self) -> None:
        self.failed_with: list[BaseException] = []

    def handle_exception(self, error: BaseException) -> None:
        self.failed_with.append(error)


def serving(*connections: tuple[Held, dict[str, Any]]) -> ParleyServer:
    server = ParleyServer.__new__(ParleyServer)
    server.connections = dict(connections)
    server.application_close_timeout = 10
    return server


def ended(error: Exception | None = None) -> asyncio.Future[None]:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    if error:
        future.set_exception(error)
    else:
        future.set_result(None)
    return future


async def reap(server: ParleyServer) -> None:
    server.application_checker()
    await server._reaping


async def test_who_is_gone_and_has_ended_is_forgotten_and_nobody_else() -> None:
    here, gone, done, both = Held(), Held(), Held(), Held()
    now, running = time.time(), asyncio.get_running_loop().create_future()
    server = serving(
        (here, {"application_instance": running}),
        (gone, {"application_instance": running, "disconnected": now}),
        (done, {"application_instance": ended()}),
        (both, {"application_instance": ended(), "disconnected": now}),
    )
    await reap(server)
    assert list(server.connections) == [here, gone, done]
    assert not running.cancelled()


async def test_an_application_that_outlives_its_connection_too_long_is_ended(caplog: Any) -> None:
    gone, running = Held(), asyncio.get_running_loop().create_future()
    server = serving((gone, {"application_instance": running, "disconnected": time.time() - 11}))
    await reap(server)
    assert running.cancelled()
    assert "did not end with its connection" in caplog.text
    await reap(server)
    assert not server.connections


async def test_of_an_application_that_failed_its_client_and_the_log_hear(caplog: Any) -> None:
    here, gone = Held(), Held()
    server = serving(
        (here, {"application_instance": ended(OSError("here"))}),
        (gone, {"application_instance": ended(OSError("gone")), "disconnected": time.time()}),
    )
    await reap(server)
    assert [str(error) for error in here.failed_with] == ["here"]
    assert gone.failed_with == []
    assert caplog.text.count("an application failed") == 2


async def test_the_ends_too_are_looked_for_a_few_at_a_time() -> None:
    connections = [(Held(), {"disconnected": time.time()}) for _ in range(2 * REAPED_AT_ONCE)]
    server = serving(*connections)
    server.application_checker()
    await asyncio.sleep(0)
    assert len(server.connections) == REAPED_AT_ONCE
    await server._reaping
    assert not server.connections


async def test_a_stop_ends_with_what_is_written_behind_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Resting:
        """A worker and its history."""

        async def stop(self) -> None:
            done.append("stopped")

        async def rest(self) -> None:
            done.append("written")

        @property
        def history(self) -> Resting:
            return self

    monkeypatch.setattr(worker_module, "current_worker", Resting)
    pool = PicturePool(1)
    monkeypatch.setattr(pool_module, "picture_pool", lambda: pool)
    monkeypatch.setattr(server_module.GuardedChannel, "is_draining", False)
    server = serving()
    server._drain_notice_seconds, server._ports = 0.0, []
    await server._drain()
    assert done == ["stopped", "written"]
