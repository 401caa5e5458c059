"""Addresses of others: taken by signing up with them, and tried one after another to find out whose there are."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
import uuid
from collections import Counter
from email import message_from_string, policy

import httpx
import pytest

from tests.attacks.bystanders import chatting
from tests.attacks.fronted import FrontedServer, Outcomes, csrf, outcome
from tests.live import PASSWORD, Account

pytestmark = pytest.mark.server
OCCUPIERS = 3
PROBES = 12


def mails_to(server: FrontedServer, email: str) -> list[str]:
    """Their texts, oldest first. What lies in one file was sent over one connection."""
    files = sorted((server.data / "mail").glob("*"), key=lambda file: file.stat().st_mtime_ns)
    parts = [part for file in files for part in re.split(r"^-{70,}$", file.read_text(), flags=re.MULTILINE)]
    read = [message_from_string(part.strip(), policy=policy.default) for part in parts if part.strip()]
    return [str(mail.get_content()) for mail in read if mail["To"] == email]


def links_to(server: FrontedServer, email: str) -> list[str]:
    return [found for text in mails_to(server, email) for found in re.findall(r"/accounts/confirm-email/\S+/", text)]


def confirm(server: FrontedServer, link: str) -> int:
    """By a browser that nobody has signed in with. A page that refuses has no form to send."""
    browser = server.client()
    page = browser.get(link)
    if page.status_code != 200:
        return page.status_code
    return browser.post(link, data=csrf(browser)).status_code


def sign_up(server: FrontedServer, email: str) -> httpx.Response:
    body = {"username": f"mallory-{uuid.uuid4().hex[:12]}", "email": email, "password": PASSWORD}
    return server.client().post("/api/v1/signup", json=body)


def sign_in(server: FrontedServer, name: str) -> tuple[int, str]:
    return outcome(server.client().post("/api/v1/login", json={"username": name, "password": PASSWORD}))


def ask_for_password(server: FrontedServer, email: str) -> None:
    browser = server.client()
    browser.get("/accounts/password/reset/").raise_for_status()
    form = {"email": email, **csrf(browser)}
    assert browser.post("/accounts/password/reset/", data=form).status_code == 302


def probe(server: FrontedServer, emails: tuple[str, str]) -> list[tuple[Outcomes, set[tuple[str, ...]], float]]:
    """By turns, as what else goes on must slow both: how sign-ups with each address are answered, which keys the
    answers have, and how many milliseconds the middle one takes."""
    outcomes: list[Outcomes] = [Counter(), Counter()]
    shapes: list[set[tuple[str, ...]]] = [set(), set()]
    took: list[list[float]] = [[], []]
    for number in range(2 * PROBES):
        which = number % 2
        began = time.perf_counter()
        answer = sign_up(server, emails[which])
        took[which].append(1_000 * (time.perf_counter() - began))
        outcomes[which][outcome(answer)] += 1
        shapes[which].add(tuple(answer.json().get("user", {})))
    return list(zip(outcomes, shapes, map(statistics.median, took), strict=True))


def moves(server: FrontedServer, who: Account, email: str) -> list[tuple[int, str]]:
    body = {"email": email, "current_password": PASSWORD}
    return [outcome(who.api.patch("me", json=body)) for _ in range(2)]


async def test_an_occupied_address_is_its_owners(fronted: FrontedServer) -> None:
    name = f"ann-{uuid.uuid4().hex[:8]}"
    email = f"{name}@example.org"
    async with chatting(fronted, "occupying somebody's address"):
        taken = [await asyncio.to_thread(sign_up, fronted, email) for _ in range(OCCUPIERS)]
        assert [answer.status_code for answer in taken] == [201] * OCCUPIERS
        assert await asyncio.to_thread(sign_in, fronted, email) == (401, "wrong_credentials")
        await asyncio.to_thread(ask_for_password, fronted, email)
        assert not any("password/reset" in text for text in mails_to(fronted, email))
        ann = await asyncio.to_thread(fronted.sign_up, name)
        *theirs, own = links_to(fronted, email)
        assert len(theirs) == OCCUPIERS
        assert await asyncio.to_thread(confirm, fronted, own) == 302
        assert (await asyncio.to_thread(sign_in, fronted, email))[0] == 200
        assert [await asyncio.to_thread(confirm, fronted, link) for link in theirs] == [409] * OCCUPIERS
    assert ann.api.get("me").json()["email"] == email
    for answer in taken:
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        assert fronted.client().get("/api/v1/me", headers=headers).json()["email"] == ""


async def test_probing_finds_no_address_and_floods_no_mailbox(fronted: FrontedServer) -> None:
    victim = await asyncio.to_thread(fronted.newcomer, "victim")
    taken, free = f"{victim.username}@example.org", f"nobody-{uuid.uuid4().hex[:8]}@example.org"
    assert await asyncio.to_thread(confirm, fronted, links_to(fronted, taken)[0]) == 302
    before = len(mails_to(fronted, taken))
    probers = [await asyncio.to_thread(fronted.newcomer, "prober") for _ in range(2)]
    async with chatting(fronted, "probing for addresses"):
        asked = zip(probers, (taken, free), strict=True)
        moved = [await asyncio.to_thread(moves, fronted, who, email) for who, email in asked]
        assert moved == [[(200, "")] * 2] * 2
        of_taken, of_free = await asyncio.to_thread(probe, fronted, (taken, free))
        assert of_taken[:2] == of_free[:2]
        assert set(of_taken[0]) == {(201, "")}
    print(f"a sign-up with a taken address takes {of_taken[2]:.0f} ms, with a free one {of_free[2]:.0f} ms")
    assert len(mails_to(fronted, taken)) - before <= 5
    assert len(mails_to(fronted, free)) <= 5
    assert victim.api.get("me").json()["email"] == taken
