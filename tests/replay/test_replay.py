"""Real lines by real clients against a real server, which is killed and started again in the middle."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from chatproject.replay.check import Difference
from chatproject.replay.logs import Script, read_scripts
from chatproject.replay.report import Report, Summary
from chatproject.replay.run import replay
from messaging.client import GaveUpError
from tests.live import ROOT, LiveServer

# Ten seconds each on a calm machine; a busy one is no difference.
pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

DATA = Path(__file__).parent.parent / "data" / "irc"


def cut(name: str, lines: int) -> Script:
    """The beginning of a real log."""
    text = (DATA / f"{name}.log").read_bytes().decode(errors="replace")
    return read_scripts([(name, "\n".join(text.split("\n")[:lines]))])[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Hashes passwords cheaply: what is tried here is not the sign-up of sixty people."""
    server = LiveServer(tmp_path_factory.mktemp("replay"), DJANGO_SETTINGS_MODULE="chatproject.settings_test")
    server.prepare()
    server.start()
    yield server
    server.stop()


class Watched(Report):
    """Does something when so many lines have been stored."""

    def __init__(self, script: Script, moments: dict[int, Callable[[], None]]) -> None:
        super().__init__(Console(file=io.StringIO()))
        self._script = script
        self._moments = moments
        self.done: list[asyncio.Task[None]] = []

    def bar(self, name: str, total: int) -> Callable[[], None]:
        if name != self._script.name:
            return lambda: None
        stored = 0

        def advance() -> None:
            nonlocal stored
            stored += 1
            if act := self._moments.get(stored):
                self.done.append(asyncio.create_task(asyncio.to_thread(act)))

        return advance


async def play(
    server: LiveServer, script: Script, moments: dict[int, Callable[[], None]] | None = None
) -> tuple[Summary, list[Difference]]:
    report = Watched(script, moments or {})
    outcome = await replay([script], server.url, report=report)
    assert len(report.done) == len(moments or {})
    await asyncio.gather(*report.done)
    return outcome


async def test_a_real_hour_arrives_once_in_order_for_everyone(server: LiveServer) -> None:
    script = cut("2007-06-04", 220)
    summary, found = await play(server, script)
    assert found == []
    assert (summary.lines, summary.reconnects, summary.gaps_filled) == (script.lines, 0, 0)
    assert summary.deliveries > 50 * summary.lines


def kill_and_start(server: LiveServer) -> Callable[[], None]:
    def do() -> None:
        server.kill()
        server.start()

    return do


async def test_a_killed_server_loses_doubles_and_disorders_nothing(server: LiveServer) -> None:
    summary, found = await play(server, cut("2008-04-27", 220), {60: kill_and_start(server)})
    assert found == []
    assert summary.reconnects > 0


async def test_a_server_killed_twice_while_people_come_and_go_changes_nothing(server: LiveServer) -> None:
    summary, found = await play(
        server, cut("2007-06-04", 220), {30: kill_and_start(server), 110: kill_and_start(server)}
    )
    assert found == []
    assert summary.reconnects > 0


async def test_a_polite_restart_changes_nothing(server: LiveServer) -> None:
    def restart() -> None:
        server.stop()
        server.start()

    summary, found = await play(server, cut("2014-08-14", 200), {80: restart})
    assert found == []
    assert summary.reconnects > 0


async def test_a_server_that_stays_away_ends_the_replay_with_a_word(server: LiveServer) -> None:
    script = cut("2014-08-14", 60)
    report = Watched(script, {20: server.kill})
    try:
        with pytest.raises(BaseExceptionGroup) as raised:
            await replay([script], server.url, report=report, patience_seconds=1)
    finally:
        server.start()
    assert raised.value.subgroup(GaveUpError)


def test_the_command_says_what_it_did_and_exits_with_zero(server: LiveServer, tmp_path: Path) -> None:
    log = tmp_path / "small.log"
    log.write_text("[10:00] <alice> hi\n=== bob has joined #c\n[10:01] <bob> hi alice\n=== bob has left #c\n")
    out = server.manage("replay", str(log), "--url", server.url)
    assert "small: 2 of 2" in out
    assert "no difference" in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["/nowhere.log"], "Cannot read /nowhere.log"), ([str(DATA / "README.md"), "--speed", "-1"], "--speed")],
)
def test_the_command_complains_clearly(arguments: list[str], complaint: str) -> None:
    command = [sys.executable, "manage.py", "replay", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
