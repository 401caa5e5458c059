"""The REST API does what its OpenAPI document says: schemathesis tries to prove otherwise."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.bystanders import chatting
from tests.live import PASSWORD, ROOT, LiveServer

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 10
# What would be answered 429 before anything else is looked at.
LIMITS = """
    SIGNUP LOGIN_ADDRESS LOGIN_USERNAME LOGIN_ANYWHERE PASSWORD API SEARCH GROUPS PEOPLE CONTACTS UPLOADS REPORTS
    """.split()  # noqa: SIM905


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    unlimited = {f"PARLEY_LIMIT_{name}": "1000000/second" for name in LIMITS}
    server = LiveServer(tmp_path_factory.mktemp("contract"), **unlimited)
    server.prepare()
    server.start()
    yield server
    server.stop()


@pytest.mark.server
@pytest.mark.timeout(900)
async def test_the_api_does_what_its_document_says(server: LiveServer) -> None:
    """While two chat: thousands of requests that somebody thought up are an attack, too."""
    async with chatting(server, "requests that a program thought up"):
        done = await asyncio.to_thread(try_everything, server)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert server.troubles() == []


def try_everything(server: LiveServer) -> subprocess.CompletedProcess[str]:
    person = server.newcomer("contract")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    return subprocess.run(
        [*command, f"{server.url}/api/v1/schema/", "--max-examples", str(EXAMPLES), "--no-color"],
        cwd=ROOT,
        env={
            **os.environ,
            "PARLEY_URL": server.url,
            "PARLEY_ACCOUNT": json.dumps({"username": person.username, "password": PASSWORD}),
        },
        capture_output=True,
        text=True,
        check=False,
    )
