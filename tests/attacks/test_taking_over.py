"""A stolen token and a stolen session: neither takes the account over, finds out the password, or stays for ever."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import httpx
import pytest

from tests.attacks.bystanders import chatting
from tests.attacks.conftest import GUESSES
from tests.attacks.fronted import FrontedServer, Outcomes, csrf, outcome
from tests.live import PASSWORD, Account

pytestmark = pytest.mark.server
TRIES = 12
SETTINGS_TRIES = 40
THIEF = "thief@example.net"
SIGNED_OUT = 4001
# What a test cannot do by REST in a moment: many tokens, and somebody who suspends.
PREPARE = """
from accounts.models import Token, User
user = User.objects.get(username={username!r})
for number in range(100 - Token.objects.filter(user=user).count()):
    Token.objects.create(user=user, name=f"t{{number}}")
staff = User.objects.create_superuser(username={staff!r}, email="", password={password!r})
"""


def take_over(api: httpx.Client) -> Outcomes:
    """What a token alone is tried for, with guesses of the password and without."""
    outcomes: Outcomes = Counter()
    for number in range(TRIES):
        guess = {"current_password": f"guess number {number}"}
        changed = {"old_password": f"guess number {number}", "new_password": "the thief's own 7"}
        answers = [
            api.patch("me", json={"email": THIEF}),
            api.post("tokens", json={"name": "for ever", "days": 3_650}),
            api.patch("me", json={"email": THIEF, **guess}),
            api.post("tokens", json={"name": "for ever", "days": 3_650, **guess}),
            api.post("me/password", json=changed),
        ]
        outcomes.update(outcome(answer) for answer in answers)
    return outcomes


def mails(server: FrontedServer) -> str:
    return "\n".join(mail.read_text() for mail in server.mails())


async def test_a_stolen_token_does_not_take_the_account(fronted: FrontedServer) -> None:
    alice = await asyncio.to_thread(fronted.newcomer, "alice")
    before = alice.api.get("me").json()
    stranger = fronted.client()
    async with chatting(fronted, "taking over an account by a token"):
        outcomes = await asyncio.to_thread(take_over, alice.api)
        await asyncio.to_thread(stranger.get, "/accounts/password/reset/")
        form = {"email": THIEF, **csrf(stranger)}
        await asyncio.to_thread(stranger.post, "/accounts/password/reset/", data=form)
    assert set(outcomes) == {(403, "password_needed"), (403, "wrong_password"), (429, "rate_limited")}
    assert outcomes[403, "wrong_password"] == GUESSES
    assert alice.api.get("me").json() == before
    assert len(alice.api.get("tokens").json()["results"]) == 1
    assert THIEF not in mails(fronted)
    # By another credential the owner is not out of tries, and a token makes none that outlives it.
    owner = signed_in_again(fronted, alice)
    asked = {"name": "mine", "current_password": PASSWORD}
    assert outcome(owner.api.post("tokens", json={**asked, "days": 3_650})) == (400, "invalid")
    assert owner.api.post("tokens", json=asked).status_code == 201


def signed_in_again(server: FrontedServer, who: Account) -> Account:
    body = {"username": who.username, "password": PASSWORD}
    answer = server.client().post("/api/v1/login", json=body)
    assert answer.status_code == 200, answer.text
    return Account(server, who.id, answer.json()["token"], who.username)


def guess_in_settings(browser: httpx.Client, username: str) -> Counter[str]:
    """What the page said to each guess; the last one is right."""
    said: Counter[str] = Counter()
    guesses = [*(f"guess number {number}" for number in range(SETTINGS_TRIES)), PASSWORD]
    for guess in guesses:
        form = {"display_name": username, "email": THIEF, "password": guess, **csrf(browser)}
        page = browser.post("/settings/", data=form)
        assert page.status_code == 200
        said[(re.search(r"Too many tries|This is not your password", page.text) or ["taken"])[0]] += 1
    return said


async def test_the_settings_are_no_oracle_for_the_password(fronted: FrontedServer) -> None:
    alice = await asyncio.to_thread(fronted.newcomer, "alice")
    stolen = await asyncio.to_thread(alice.browser)
    own = await asyncio.to_thread(alice.browser)
    before = alice.api.get("me").json()
    async with chatting(fronted, "guessing a password in the settings"):
        said = await asyncio.to_thread(guess_in_settings, stolen, alice.username)
    assert said == {"This is not your password": GUESSES, "Too many tries": SETTINGS_TRIES + 1 - GUESSES}
    assert alice.api.get("me").json() == before
    form = {"name": "script", "days": "30", "password": PASSWORD, **csrf(own)}
    assert "parley_" in own.post("/settings/tokens/", data=form).text


async def test_what_ends_access_ends_what_was_stolen(fronted: FrontedServer) -> None:
    alice = await asyncio.to_thread(fronted.newcomer, "alice")
    stolen = await asyncio.to_thread(alice.browser)
    own = await asyncio.to_thread(alice.browser)
    staff = f"clerk-{alice.username}"
    code = PREPARE.format(username=alice.username, staff=staff, password=PASSWORD)
    await asyncio.to_thread(fronted.manage, "shell", "--no-imports", "-c", code)
    clerk = await asyncio.to_thread(Account(fronted, "", "", staff).browser)
    async with chatting(fronted, "tokens and sessions that outstay their end"):
        refused = await asyncio.to_thread(sign_in, fronted, alice)
        assert outcome(refused) == (409, "too_many_tokens")
        socket = await alice.connect()
        ending = {"tokens": "1", **csrf(own)}
        assert (await asyncio.to_thread(own.post, "/settings/sessions/end-others/", data=ending)).status_code == 200
        assert await socket.closed() == SIGNED_OUT
        assert is_shut_out(alice, stolen)
        again = await asyncio.to_thread(signed_in_again, fronted, alice)
        socket = await again.connect()
        await asyncio.to_thread(administer, clerk, "suspend", "suspended", alice)
        assert await socket.closed() == SIGNED_OUT
        assert is_shut_out(again, own)
        assert outcome(await asyncio.to_thread(sign_in, fronted, alice))[0] == 401
        await asyncio.to_thread(administer, clerk, "restore", "restored", alice)
        assert is_shut_out(again, own)
        await (await (await asyncio.to_thread(signed_in_again, fronted, alice)).connect()).close()


def sign_in(server: FrontedServer, who: Account) -> httpx.Response:
    return server.client().post("/api/v1/login", json={"username": who.username, "password": PASSWORD})


def is_shut_out(by_token: Account, by_session: httpx.Client) -> bool:
    page = by_session.get("/c/", follow_redirects=False)
    return by_token.api.get("me").status_code == 401 and page.status_code == 302 and "login" in page.headers["location"]


def administer(clerk: httpx.Client, action: str, done: str, user: Account) -> None:
    clerk.get("/admin/accounts/user/").raise_for_status()
    form = {"action": action, "_selected_action": user.id, **csrf(clerk)}
    page = clerk.post("/admin/accounts/user/", data=form)
    assert f"1 {done}" in page.text, page.status_code
