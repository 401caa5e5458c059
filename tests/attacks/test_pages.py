"""Pages asked for without end: whatever they show and whatever is sent to them, one limit holds for all."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter

import httpx
import pytest

from tests.attacks.bystanders import chatting
from tests.attacks.conftest import REQUESTS
from tests.attacks.fronted import FrontedServer, csrf
from tests.live import Account

pytestmark = pytest.mark.server


def ask(browser: httpx.Client, group: str) -> dict[str, Counter[int]]:
    """Each of them in turn, until they have been asked for more often than all together may be."""
    form = {"body": "flood", **csrf(browser)}
    ways = {
        "list": lambda: browser.get("/c/"),
        "conversation": lambda: browser.get(f"/c/{group}/"),
        "data": lambda: browser.get(f"/c/{group}/page"),
        "file": lambda: browser.get(f"/c/{group}/1/file"),
        "search": lambda: browser.get("/search/", params={"q": "flood"}),
        "people": lambda: browser.get("/people/"),
        "message": lambda: browser.post(f"/c/{group}/", data={**form, "key": str(uuid.uuid4())}),
        "setting": lambda: browser.post("/settings/status/", data={"status": "flood", **csrf(browser)}),
    }
    answered: dict[str, Counter[int]] = {name: Counter() for name in ways}
    for _ in range(REQUESTS // len(ways) + 10):
        for name, way in ways.items():
            answered[name][way().status_code] += 1
    return answered


def written(who: Account, group: str) -> int:
    page = who.api.get(f"conversations/{group}/messages", params={"limit": 200}).json()["results"]
    return sum(change["type"] == "message.sent" for change in page)


async def test_every_page_counts(fronted: FrontedServer) -> None:
    mallory, carol = [await asyncio.to_thread(fronted.newcomer, name) for name in ("mallory", "carol")]
    group = await asyncio.to_thread(mallory.make_group, carol)
    browser = await asyncio.to_thread(mallory.browser)
    browser.follow_redirects = False
    async with chatting(fronted, "pages without end") as bystanders:
        answered = await asyncio.to_thread(ask, browser, group)
        other = await asyncio.to_thread(bystanders.people[0].browser)
        assert (await asyncio.to_thread(other.get, "/c/")).status_code == 200
        assert (await asyncio.to_thread(mallory.api.get, "me")).status_code == 429
    taken = sum((Counter(one) for one in answered.values()), Counter())
    assert {name for name, one in answered.items() if one[429] < 5} == set(), answered
    # Seq 1 is no message with a file.
    assert set(taken) == {200, 303, 404, 429}
    assert taken.total() - taken[429] <= REQUESTS
    assert written(carol, group) == answered["message"][303]
