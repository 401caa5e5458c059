"""Limits with several windows, and what they hold for: contacts, groups, uploads."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import limits
from accounts.errors import RateLimitedError
from accounts.models import Contact, User
from groups.models import Conversation

Api = Callable[..., APIClient]


def test_each_window_holds_and_what_one_refuses_does_not_use_up_the_other(settings: Any) -> None:
    settings.RATE_LIMITS = {"groups_by_user": "2/hour;3/day"}
    for _ in range(2):
        limits.take("groups_by_user", "alice")
    for _ in range(5):
        with pytest.raises(RateLimitedError) as refused:
            limits.take("groups_by_user", "alice")
        assert refused.value.retry_after <= 3_600
    settings.RATE_LIMITS = {"groups_by_user": "100/hour;3/day"}
    limits.take("groups_by_user", "alice")
    with pytest.raises(RateLimitedError) as refused:
        limits.take("groups_by_user", "alice")
    assert refused.value.retry_after <= 86_400


@pytest.mark.django_db
def test_new_contacts_are_limited_and_changed_ones_are_not(
    alice: User, make_user: Any, api: Api, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "contacts_by_user": "2/hour;10/day"}
    people, client = [make_user(f"person{number}") for number in range(3)], api(alice)

    def put(user: User, **fields: Any) -> int:
        path = f"/api/v1/users/{alice.pk}/contacts/{user.pk}"
        return int(client.put(path, fields, format="json").status_code)

    assert [put(user) for user in people] == [201, 201, 429]
    assert put(people[0], nickname="one") == 200
    page = Client()
    page.force_login(alice)
    answer = page.post(f"/people/{people[2].pk}/contact/", {"nickname": ""})
    assert answer.status_code < 500
    assert Contact.objects.filter(owner=alice).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limit", "sizes", "statuses"),
    [
        ("uploads_by_user", [1, 1, 1], [201, 201, 429]),
        ("upload_bytes_by_user", [1, 2, 1], [201, 429, 201]),
    ],
)
def test_uploads_are_limited_by_number_and_by_bytes(
    alice: User, group: Conversation, api: Api, settings: Any, limit: str, sizes: list[int], statuses: list[int]
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, limit: "2/hour;2/day"}
    client, keys = api(alice), [str(uuid.uuid4()) for _ in sizes]

    def begin(key: str, size: int) -> int:
        asked = {"conversation_id": str(group.pk), "key": key, "name": "a.bin", "size": size}
        return int(client.post("/api/v1/uploads", asked, format="json").status_code)

    assert [begin(*asked) for asked in zip(keys, sizes, strict=True)] == statuses
    assert begin(keys[0], sizes[0]) == 200
