"""How much a member wants to hear of a conversation: kept, told to all their sockets and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from groups import actions
from groups.models import Conversation, Membership
from messaging.members import attention_of, load_conversations
from messaging.protocol import Attention
from tests.live import Account, LiveServer

Api = Callable[..., APIClient]
QUIET = {"from": "22:00", "to": "07:00", "time_zone": "Europe/Zurich"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"level": "some"}, "level"),
        ({"level": None}, "level"),
        ({"level": 1}, "level"),
        ({"is_muted": "yes"}, "is_muted"),
        ({"is_muted": True, "muted_until": "2020-01-01T00:00:00Z"}, "muted_until"),
        ({"is_muted": True, "muted_until": "soon"}, "muted_until"),
        ({"is_muted": True, "muted_until": 5}, "muted_until"),
        ({"is_muted": True, "muted_until": "9999-12-31T23:59:59-23:59"}, "muted_until"),
        ({"is_muted": False, "muted_until": "2099-01-01T00:00:00Z"}, "muted_until"),
        ({"muted_until": "2099-01-01T00:00:00Z"}, "muted_until"),
        ({"mute": True}, "mute"),
    ],
)
def test_what_cannot_be_changes_nothing(bob: User, group: Conversation, api: Api, fields: Any, field: str) -> None:
    answer = api(bob).patch(f"/api/v1/conversations/{group.pk}/attention", {"level": "all", **fields}, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", field)
    assert attention_of(Membership.objects.get(user=bob)) == Attention()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": "24:00"}, "from"),
        ({"from": "7"}, "from"),
        ({"from": 7}, "from"),
        ({"to": "22:00"}, "to"),
        ({"to": None}, "to"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"time_zone": None}, "time_zone"),
        ({"zone": "UTC"}, "zone"),
    ],
)
def test_what_cannot_be_quiet_hours_changes_nothing(bob: User, api: Api, change: Any, field: str) -> None:
    answer = api(bob).put("/api/v1/me/quiet_hours", {**QUIET, **change}, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", field)
    assert api(bob).get("/api/v1/me").json()["quiet_hours"] is None


def test_a_mute_that_is_over_is_none(bob: User, group: Conversation) -> None:
    soon = timezone.now() + timedelta(seconds=30)
    membership = actions.set_attention(bob, conversation=group, level="mentions", is_muted=True, muted_until=soon)
    shown = load_conversations([bob.pk])[bob.pk][group.pk].attention
    assert (shown.level, shown.is_muted, datetime.fromisoformat(shown.muted_until or "")) == ("mentions", True, soon)
    membership.muted_until = timezone.now() - timedelta(seconds=1)
    assert attention_of(membership) == Attention(level="mentions")


@pytest.fixture
def cast(parley_server: LiveServer) -> tuple[Account, Account]:
    alice, bob = (parley_server.newcomer(name) for name in ("alice", "bob"))
    return alice, bob


def listed(account: Account, group: str) -> Any:
    return next(row for row in account.api.get("conversations").json()["results"] if row["id"] == group)["attention"]


@pytest.mark.server
async def test_every_device_follows_and_nobody_else_is_told(cast: tuple[Account, Account]) -> None:
    alice, bob = cast
    group = alice.make_group(bob)
    hers, desk, phone = await alice.connect(), await bob.connect(), await bob.connect()
    assert "attention" not in desk.positions[group]
    until = (timezone.now() + timedelta(hours=1)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    asked = {"level": "mentions", "is_muted": True, "muted_until": until}
    answer = await asyncio.to_thread(bob.api.patch, f"conversations/{group}/attention", json=asked)
    assert answer.json() == asked
    for socket in (desk, phone):
        told = await socket.expect("attention.changed")
        assert (told["conversation_id"], told["attention"]) == (group, asked)
    late = await bob.connect()
    assert late.positions[group]["attention"] == asked
    assert await asyncio.to_thread(listed, bob, group) == asked
    usual = {"level": "all", "is_muted": False, "muted_until": None}
    assert await asyncio.to_thread(listed, alice, group) == usual
    await hers.ask(type="ping")
    assert not any(frame["type"] == "attention.changed" for frame in hers.told)
    again = await asyncio.to_thread(bob.api.patch, f"conversations/{group}/attention", json={"is_muted": False})
    assert again.json() == {**usual, "level": "mentions"}
    assert (await phone.expect("attention.changed"))["attention"] == {"level": "mentions"}


@pytest.mark.server
async def test_quiet_hours_are_told_to_ones_own_sockets(cast: tuple[Account, Account]) -> None:
    alice, bob = cast
    alice.make_group(bob)
    hers, his = await alice.connect(), await bob.connect()
    assert (await asyncio.to_thread(bob.api.put, "me/quiet_hours", json=QUIET)).json()["quiet_hours"] == QUIET
    assert (await his.expect("quiet_hours.changed"))["quiet_hours"] == QUIET
    assert (await asyncio.to_thread(bob.api.delete, "me/quiet_hours")).status_code == 204
    assert "quiet_hours" not in await his.expect("quiet_hours.changed")
    await hers.ask(type="ping")
    assert not any(frame["type"] == "quiet_hours.changed" for frame in hers.told)
