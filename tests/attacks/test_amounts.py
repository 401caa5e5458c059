"""What is taken little by little, over seconds, over days and over many accounts, until a disk or a table is full."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter

import pytest

from tests.attacks.bystanders import chatting
from tests.attacks.conftest import CONTACTS, CONTACTS_A_SECOND, FILES_OF_ALL, FILES_OF_ONE
from tests.attacks.fronted import FrontedServer, Outcomes, outcome
from tests.live import Account
from tests.messaging.test_files import CHUNK

pytestmark = pytest.mark.server
HOUR = 3_600
FILE = 300_000
ACCOUNTS = 6


def collect(mallory: Account, people: list[Account]) -> tuple[Outcomes, int]:
    """Contacts one by one, waiting as long as is asked but for an hour; and that last wait."""
    outcomes: Outcomes = Counter()
    for person in people:
        while True:
            answer = mallory.api.put(f"users/{mallory.id}/contacts/{person.id}", json={})
            outcomes[outcome(answer)] += 1
            if answer.status_code != 429:
                break
            wait = int(answer.headers["retry-after"])
            if wait > HOUR:
                return outcomes, wait
            time.sleep(wait)  # as a patient attacker does
    return outcomes, 0


async def test_what_seconds_allow_a_day_does_not(fronted: FrontedServer) -> None:
    mallory = await asyncio.to_thread(fronted.newcomer, "mallory")
    people = [await asyncio.to_thread(fronted.newcomer, "person") for _ in range(CONTACTS + 1)]
    async with chatting(fronted, "contacts, slowly and without end"):
        outcomes, wait = await asyncio.to_thread(collect, mallory, people)
    assert outcomes[201, ""] == CONTACTS
    assert outcomes[429, "rate_limited"] >= 1
    # Unless midnight is near.
    assert wait > HOUR or wait == 0
    print(f"{CONTACTS_A_SECOND} a second, {CONTACTS} a day: {dict(outcomes)}, then {wait} s")


def fill(server: FrontedServer) -> tuple[list[Account], Outcomes]:
    """Each account sends files as long as it may, then the next one does."""
    outcomes: Outcomes = Counter()
    accounts = []
    for _ in range(ACCOUNTS):
        one = server.newcomer("mallory")
        accounts.append(one)
        group = one.make_group()
        outcomes.update(send(one, group, FILE) for _ in range(3))
    return accounts, outcomes


def send(who: Account, group: str, size: int) -> tuple[int, str]:
    asked = {"conversation_id": group, "key": str(uuid.uuid4()), "name": "a.bin", "size": size}
    begun = who.api.post("uploads", json=asked)
    if begun.status_code != 201:
        return outcome(begun)
    headers = {"Upload-Offset": "0", "Content-Type": "application/octet-stream"}
    sent = who.api.patch(f"uploads/{begun.json()['id']}", content=bytes(min(size, CHUNK)), headers=headers)
    return outcome(sent)


async def test_many_accounts_fill_no_disk(fronted: FrontedServer) -> None:
    async with chatting(fronted, "files of many accounts") as bystanders:
        accounts, outcomes = await asyncio.to_thread(fill, fronted)
        ann = bystanders.people[0]
        refused = await asyncio.to_thread(send, ann, bystanders.group, FILE)
    taken = sum(path.stat().st_size for path in (fronted.data / "files").rglob("*") if path.is_file())
    print(f"{len(accounts)} accounts: {dict(outcomes)}; {taken} bytes of {FILES_OF_ALL}")
    assert taken <= FILES_OF_ALL
    assert outcomes[200, ""] == FILES_OF_ALL // FILE
    assert outcomes[409, "storage_full"] >= ACCOUNTS - FILES_OF_ALL // FILE
    # Of one account, before the whole is full.
    assert outcomes[409, "quota_full"] >= FILES_OF_ONE // FILE
    assert refused == (409, "storage_full")
    assert "% of the room for files is taken" in await_warning(fronted)


def await_warning(server: FrontedServer) -> str:
    """The log, once it has the warning."""
    deadline = time.monotonic() + 30
    while "room for files" not in (text := server.log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)  # polls a file
    return text
