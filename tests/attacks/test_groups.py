"""A newcomer who puts strangers into groups, channels and conversations, by every way there is."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.attacks.bystanders import chatting
from tests.attacks.conftest import GROUPS, PEOPLE
from tests.attacks.fronted import FrontedServer, Outcomes, csrf, outcome
from tests.live import Account

pytestmark = pytest.mark.server


def make_groups(mallory: Account, victims: list[Account]) -> tuple[Outcomes, list[str]]:
    """Groups and channels that begin with all of them, until no further one is made; and their ids."""
    outcomes: Outcomes = Counter()
    ids = []
    for number in range(GROUPS + 3):
        wanted = {"name": f"flood {number}", "kind": ("group", "channel")[number % 2]}
        members = [victim.id for victim in victims] if number < GROUPS // 2 else []
        answer = mallory.api.post("groups", json={**wanted, "member_ids": members})
        outcomes[outcome(answer)] += 1
        if answer.status_code == 201:
            ids.append(answer.json()["id"])
    return outcomes, ids


def add_to_each(mallory: Account, ids: list[str], victims: list[Account]) -> Outcomes:
    """Over REST as members and by invitation, and by the page."""
    outcomes: Outcomes = Counter()
    page = mallory.browser()
    for group in ids:
        for victim in victims:
            for way in ("members", "invitations"):
                outcomes[outcome(mallory.api.post(f"groups/{group}/{way}", json={"user_id": victim.id}))] += 1
            page.post(f"/groups/{group}/members/{victim.id}/add/", data=csrf(page))
    return outcomes


def open_directs(mallory: Account, people: list[Account]) -> Outcomes:
    return Counter(outcome(mallory.api.post("conversations", json={"user_id": one.id})) for one in people)


def seen_by(victim: Account) -> tuple[int, int, int]:
    """Their conversations, their invitations, and the size of their page."""
    conversations = victim.api.get("conversations", params={"limit": 200}).json()["results"]
    invitations = victim.api.get("invitations", params={"limit": 200}).json()["results"]
    page = victim.browser().get("/c/")
    return len(conversations), len(invitations), len(page.content)


async def test_nobody_is_put_anywhere(fronted: FrontedServer) -> None:
    mallory = await asyncio.to_thread(fronted.newcomer, "mallory")
    crowd = [await asyncio.to_thread(fronted.newcomer, "crowd") for _ in range(PEOPLE)]
    async with chatting(fronted, "strangers put into groups") as bystanders:
        victims = list(bystanders.people)
        before = [await asyncio.to_thread(seen_by, victim) for victim in victims]
        made, ids = await asyncio.to_thread(make_groups, mallory, victims)
        opened = await asyncio.to_thread(open_directs, mallory, [*victims, *crowd])
        added = await asyncio.to_thread(add_to_each, mallory, ids[-1:], victims)
        after = [await asyncio.to_thread(seen_by, victim) for victim in victims]
        await asyncio.to_thread(victims[0].api.put, f"users/{victims[0].id}/blocks/{mallory.id}", json={})
        blocked = await asyncio.to_thread(
            mallory.api.post, f"groups/{ids[-1]}/members", json={"user_id": victims[0].id}
        )
    invited = GROUPS // 2
    assert made == {(201, ""): GROUPS, (429, "rate_limited"): 3}
    # What was left of the people that one may add, invite or begin to talk to in a day.
    left = PEOPLE - invited * len(victims)
    assert opened == {(201, ""): left, (429, "rate_limited"): PEOPLE + len(victims) - left}
    assert set(added) == {(429, "rate_limited")}
    for (conversations, _, size), (conversations_after, invitations, size_after) in zip(before, after, strict=True):
        assert conversations_after == conversations + 1, "the one direct conversation"
        assert invitations == invited
        assert size_after < size + 30_000
    assert outcome(blocked) == (403, "not_allowed")
