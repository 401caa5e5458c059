"""One server for attacks on accounts, groups and names: its limits are such that a test reaches them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attacks.fronted import FrontedServer

SIGN_UPS = 20
GUESSES = 10
REQUESTS = 100
GROUPS = 12
PEOPLE = 20
CONTACTS_A_SECOND, CONTACTS = 5, 12
FILES_OF_ONE, FILES_OF_ALL = 400_000, 1_000_000


@pytest.fixture(scope="session")
def fronted_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontedServer]:
    server = FrontedServer(
        tmp_path_factory.mktemp("fronted"),
        DJANGO_SETTINGS_MODULE="tests.live_settings",
        PARLEY_LIMIT_SIGNUP=f"{SIGN_UPS}/day",
        PARLEY_LIMIT_PASSWORD=f"{GUESSES}/day",
        PARLEY_LIMIT_API=f"{REQUESTS}/day",
        PARLEY_LIMIT_GROUPS=f"{GROUPS}/day",
        PARLEY_LIMIT_PEOPLE=f"{PEOPLE}/day",
        PARLEY_LIMIT_CONTACTS=f"{CONTACTS_A_SECOND}/second;{CONTACTS}/day",
        PARLEY_FILES_PER_USER=str(FILES_OF_ONE),
        PARLEY_FILES_TOTAL=str(FILES_OF_ALL),
        PARLEY_FILES_RESERVE="0",
    )
    server.prepare()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def fronted(fronted_process: FrontedServer) -> Iterator[FrontedServer]:
    """Fails the test that made it log an error."""
    before = len(fronted_process.troubles())
    yield fronted_process
    assert fronted_process.troubles()[before:] == []
