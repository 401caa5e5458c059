"""`manage.py replay FILE...`: plays IRC logs through real clients; says whether all got every line once, in order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

try:
    from rich.console import Console

    from chatproject.replay.report import Report
    from chatproject.replay.run import read_files, replay
    from messaging.client import GaveUpError, RefusedError
except ModuleNotFoundError as error:
    if str(error.name).partition(".")[0] not in ("httpx", "rich"):
        raise
    raise SystemExit("The replay needs what requirements-dev.txt pins: run make install-dev.") from None


class Command(BaseCommand):
    help = (
        "Play logs through real clients against a running Parley and check that nothing is lost, doubled or disordered."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an IRC log; each gets its own group")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where Parley is")
        parser.add_argument("--speed", type=float, default=0, help="how much faster than it was; 0: as fast as it goes")
        parser.add_argument("--seed", type=int, default=0, help="chooses who marks what as read in the checks")

    def handle(self, *args: Any, files: list[Path], url: str, speed: float, seed: int, **options: Any) -> None:
        if speed < 0:
            raise CommandError("--speed is 0 or more.")
        try:
            scripts = read_files(files)
        except OSError as error:
            raise CommandError(f"Cannot read {error.filename}: {error.strerror}.") from None
        report = Report(Console())
        try:
            summary, found = asyncio.run(replay(scripts, url, speed=speed, seed=seed, report=report))
        except* (GaveUpError, RefusedError) as errors:
            raise CommandError(f"The replay could not go on: {_first(errors)}") from None
        report.finish(summary, found)
        if found:
            raise CommandError(f"{len(found)} differences.")


def _first(errors: BaseException) -> BaseException:
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors
