"""The REST API does what its OpenAPI document says: schemathesis tries to prove otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
def test_the_api_does_what_its_document_says(server: LiveServer) -> None:
    person = server.newcomer("contract")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    done = subprocess.run(
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
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert server.troubles() == []
