"""The room that all files together have: refused beyond it, and warned of before."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from prometheus_client import REGISTRY
from rest_framework.test import APIClient

from accounts.models import User
from groups.models import Conversation
from messaging.files import actions, admin, capacity
from messaging.files.models import File

Api = Callable[..., APIClient]


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> capacity.Capacity:
    """A worker that has looked at nothing yet, and a disk with room."""
    settings.FILES_RESERVE = 0
    known = capacity.Capacity()
    for module in (actions, admin):
        monkeypatch.setattr(module, "capacity", known)
    return known


def begin(client: APIClient, group: Conversation, size: int) -> tuple[int, str]:
    asked = {"conversation_id": str(group.pk), "key": str(uuid.uuid4()), "name": "a.bin", "size": size}
    answer = client.post("/api/v1/uploads", asked, format="json")
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.django_db
def test_all_files_together_have_so_much_room(
    alice: User, bob: User, group: Conversation, api: Api, settings: Any
) -> None:
    settings.FILES_TOTAL = 1_000
    assert begin(api(alice), group, 600) == (201, "")
    assert begin(api(bob), group, 500) == (409, "storage_full")
    assert begin(api(bob), group, 400) == (201, "")
    assert begin(api(alice), group, 1) == (409, "storage_full")
    assert File.objects.count() == 2


@pytest.mark.django_db
def test_what_was_begun_elsewhere_counts_when_it_is_looked_again(
    alice: User, room: capacity.Capacity, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILES_TOTAL = 1_000
    room.claim(500)
    File.objects.create(owner=alice, name="elsewhere", size=900)
    room.claim(400)
    monkeypatch.setattr(capacity, "READ_SECONDS", -1.0)
    with pytest.raises(capacity.StorageFullError):
        room.claim(101)


@pytest.mark.django_db
def test_the_total_is_not_summed_up_for_each_upload(
    room: capacity.Capacity, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(1):
        for _ in range(5):
            room.claim(1)


@pytest.mark.django_db
def test_the_disk_keeps_its_reserve(alice: User, group: Conversation, api: Api, settings: Any) -> None:
    settings.FILES_RESERVE = 2**60
    assert begin(api(alice), group, 1) == (409, "storage_full")


@pytest.mark.django_db
def test_a_warning_comes_before_it(
    make_user: Any, room: capacity.Capacity, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    root = make_user("root", is_staff=True, is_superuser=True)
    settings.FILES_TOTAL = 10**15
    room.watch()
    settings.FILES_TOTAL = 1_000
    assert room.share() < capacity.WARN_SHARE
    room.claim(850)
    with caplog.at_level(logging.WARNING, "messaging.files.capacity"):
        room.watch()
        room.watch()
    assert [record.getMessage()[:20] for record in caplog.records] == ["85 % of the room for"]
    assert REGISTRY.get_sample_value("parley_files_share") == 0.85
    browser = Client()
    browser.force_login(root)
    assert "85 % of the room for files" in browser.get(reverse("admin:files_file_changelist")).content.decode()
    assert "85 % of the room for files" in browser.get(reverse("admin:index")).content.decode()
