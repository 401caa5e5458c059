"""Every page of a user counts under one limit with REST, whatever it shows and whatever is sent to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.models import User
from accounts.urls import page_urls as account_pages
from groups.models import Conversation
from groups.urls import page_urls as group_pages
from messaging.urls import page_urls as messaging_pages

# Before one is signed in, or about it; and where one is led on to a page that counts.
OPEN = {"landing", "join", "first_admin"}


def addresses(patterns: Iterable[URLPattern], values: dict[str, Any]) -> Iterable[str]:
    for pattern in patterns:
        if pattern.name in OPEN or str(pattern.name).startswith("account_"):
            continue
        names = pattern.pattern.converters or {}
        yield reverse(str(pattern.name), kwargs={name: values[name] for name in names})


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_is_outside_the_limit(alice: User, group: Conversation, settings: Any, method: str) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api_by_user": "1/day"}
    values: dict[str, Any] = dict.fromkeys(
        ("user_id", "group_id", "conversation_id", "invitation_id", "report_id"), group.pk
    )
    values |= {"seq": 1, "session_id": "x", "token_id": "x"}
    client = Client()
    client.force_login(alice)
    assert client.get("/people/").status_code == 200
    answered = {
        address: getattr(client, method)(address).status_code
        for address in addresses([*account_pages, *group_pages, *messaging_pages], values)
    }
    assert {address: status for address, status in answered.items() if status not in (405, 429)} == {}
    assert answered[f"/c/{group.pk}/"] == 429
