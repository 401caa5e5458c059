"""Wrong guesses that are to keep somebody out, and addresses without end that are to get around the limits."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.attacks.bystanders import chatting
from tests.attacks.conftest import SIGN_UPS
from tests.attacks.fronted import FORWARDED_FOR, FrontedServer, Outcomes, csrf, outcome
from tests.live import PASSWORD, Account

pytestmark = pytest.mark.server
FROM_ONE_ADDRESS, FROM_ANYWHERE = 4, 12
ATTACKERS = [f"203.0.113.{number}" for number in range(1, 9)]
ROUNDS = 3


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[FrontedServer]:
    """With the hashes of passwords that a site has: a guess costs the server what it costs there."""
    server = FrontedServer(
        tmp_path,
        PARLEY_LIMIT_LOGIN_USERNAME=f"{FROM_ONE_ADDRESS}/day",
        PARLEY_LIMIT_LOGIN_ANYWHERE=f"{FROM_ANYWHERE}/day",
    )
    server.prepare()
    server.start()
    yield server
    server.stop()


def guess(server: FrontedServer, name: str, address: str, rounds: int) -> Outcomes:
    client = server.client(address)
    bodies = [{"username": name, "password": f"guess number {number}"} for number in range(rounds)]
    return Counter(outcome(client.post("/api/v1/login", json=body)) for body in bodies)


async def guess_from(server: FrontedServer, names: list[str], addresses: list[str], rounds: int) -> Outcomes:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(4) as threads:
        tries = [(name, address) for address in addresses for name in names]
        found = await asyncio.gather(
            *(loop.run_in_executor(threads, guess, server, name, address, rounds) for name, address in tries)
        )
    return sum(found, Counter())


def by_page(browser: httpx.Client, who: Account) -> bool:
    """Whether the right password opens the door, at this browser's address."""
    browser.get("/accounts/login/").raise_for_status()
    form = {"login": who.username, "password": PASSWORD, **csrf(browser)}
    return browser.post("/accounts/login/", data=form).status_code == 302


def sign_in(program: httpx.Client, who: Account) -> int:
    """As a program that keeps cookies does."""
    body = {"username": who.username, "password": PASSWORD}
    return program.post("/api/v1/login", json=body).status_code


async def test_guesses_keep_nobody_out(guarded: FrontedServer) -> None:
    alice = await asyncio.to_thread(guarded.newcomer, "alice")
    await asyncio.to_thread(guarded.confirm_address, alice)
    known = guarded.client()
    assert await asyncio.to_thread(by_page, known, alice)
    await asyncio.to_thread(known.post, "/accounts/logout/", data=csrf(known))
    program = guarded.client()
    assert (await asyncio.to_thread(sign_in, program, alice)) == 200
    names = [alice.username, f"{alice.username}@example.org"]
    async with chatting(guarded, "guesses that are to keep somebody out"):
        first = await guess_from(guarded, names, ATTACKERS[:1], rounds=6)
        # By another address, as long as the guesses come from one.
        assert await asyncio.to_thread(by_page, guarded.client(), alice)
        second = await guess_from(guarded, names, ATTACKERS, ROUNDS)
        assert not await asyncio.to_thread(by_page, guarded.client(), alice)
        # By the device of before, whatever its address.
        assert await asyncio.to_thread(by_page, known, alice)
        await asyncio.to_thread(known.post, "/accounts/logout/", data=csrf(known))
        moved = guarded.client(ATTACKERS[0])
        moved.cookies.update({"parley_device": known.cookies["parley_device"]})
        assert await asyncio.to_thread(by_page, moved, alice)
        assert (await asyncio.to_thread(sign_in, program, alice)) == 200
        # Whoever holds a token does not sign in.
        assert (await asyncio.to_thread(alice.api.get, "me")).status_code == 200
    assert first == {(401, "wrong_credentials"): FROM_ONE_ADDRESS, (429, "rate_limited"): 12 - FROM_ONE_ADDRESS}
    # Three sign-ins of Alice's own count, too: two at first, and that by another address.
    assert second[401, "wrong_credentials"] == FROM_ANYWHERE - FROM_ONE_ADDRESS - 3
    assert set(second) == {(401, "wrong_credentials"), (429, "rate_limited")}
    assert guarded.troubles() == []


def sign_up_at(client: httpx.Client, address: str) -> int:
    """An empty form: it counts before anything of it is looked at, and costs nothing."""
    return client.post("/api/v1/signup", json={}, headers={FORWARDED_FOR: address}).status_code


def sign_up_from_network(server: FrontedServer, bits: int, count: int) -> Counter[int]:
    """So many tries, from addresses of this network that have as little else in common as there is room for."""
    client, step = server.client(), {64: 0, 56: 64, 48: 66}[bits]
    base = int(ipaddress.IPv6Address(f"2001:db8:{bits}::"))
    addresses = [str(ipaddress.IPv6Address(base + (number << step))) for number in range(count)]
    return Counter(sign_up_at(client, address) for address in addresses)


def sign_up_mapped(server: FrontedServer) -> list[Counter[int]]:
    client = server.client()
    spellings = ("::ffff:203.0.113.77", "203.0.113.77", "64:ff9b::203.0.113.77", "::ffff:203.0.113.78")
    return [Counter(sign_up_at(client, address) for _ in range(SIGN_UPS + 2)) for address in spellings]


async def test_addresses_without_end_are_as_few_clients_as_there_are_networks(fronted: FrontedServer) -> None:
    async with chatting(fronted, "sign-ups from all addresses of an IPv6 network"):
        for bits, shares in ((64, 1), (56, 4), (48, 16)):
            made = await asyncio.to_thread(sign_up_from_network, fronted, bits, shares * SIGN_UPS + 3)
            assert made == {400: shares * SIGN_UPS, 429: 3}, bits
        mapped = await asyncio.to_thread(sign_up_mapped, fronted)
        # The next network, and the next IPv4 address that is written as an IPv6 one, are others' own.
        beside = await asyncio.to_thread(sign_up_at, fronted.client(), "2001:db8:49::1")
    assert beside == 400
    assert mapped == [{400: SIGN_UPS, 429: 2}, {429: SIGN_UPS + 2}, {429: SIGN_UPS + 2}, {400: SIGN_UPS, 429: 2}]
