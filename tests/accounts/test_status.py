"""What people say they do now, until when, and hiding whether they are here: REST, the page and the admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import actions
from accounts.errors import InvalidError
from accounts.models import User

Api = Callable[..., APIClient]
Told = Callable[[], Any]


def change(api: Api, user: User, **fields: Any) -> Any:
    return api(user).patch("/api/v1/me", fields, format="json")


def test_a_status_is_read_by_others_until_its_end(alice: User, bob: User, api: Api) -> None:
    ends_at = timezone.now() + timedelta(hours=1)
    mine = change(api, alice, status="At lunch \N{FORK AND KNIFE}", status_ends_at=ends_at.isoformat()).json()
    assert mine["status"] == "At lunch \N{FORK AND KNIFE}"
    assert datetime.fromisoformat(mine["status_ends_at"]) == ends_at
    seen = api(bob).get(f"/api/v1/users/{alice.pk}").json()
    assert seen["status"] == "At lunch \N{FORK AND KNIFE}"
    assert not {"status_ends_at", "hides_presence", "reads_privately"} & seen.keys()
    User.objects.filter(pk=alice.pk).update(status_ends_at=timezone.now() - timedelta(seconds=1))
    assert api(bob).get(f"/api/v1/users/{alice.pk}").json()["status"] == ""


def test_a_new_status_does_not_inherit_the_end_of_the_one_before(alice: User) -> None:
    actions.change_profile(alice, status="At lunch", status_ends_at=timezone.now() + timedelta(hours=1))
    actions.change_profile(alice, display_name="Alix")
    assert alice.status_ends_at is not None
    actions.change_profile(alice, status="Back")
    assert (alice.status, alice.status_ends_at) == ("Back", None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"status": "x" * 81}, "status"),
        ({"status": "two\nlines"}, "status"),
        ({"status": "\u202egnp.exe"}, "status"),
        ({"status": "\u200b"}, "status"),
        ({"status": 1}, "status"),
        ({"status": None}, "status"),
        ({"status": "a", "status_ends_at": "2020-01-01T00:00:00Z"}, "status_ends_at"),
        ({"status": "a", "status_ends_at": "soon"}, "status_ends_at"),
        ({"status": "a", "status_ends_at": 5}, "status_ends_at"),
        ({"status": "a", "status_ends_at": "9999-12-31T23:59:59-23:59"}, "status_ends_at"),
        ({"status_ends_at": "2099-01-01T00:00:00Z"}, "status"),
        ({"hides_presence": "yes"}, "hides_presence"),
        ({"hides_presence": 1}, "hides_presence"),
        ({"hides_presence": None}, "hides_presence"),
        ({"reads_privately": "no"}, "reads_privately"),
    ],
)
def test_what_cannot_be_a_status_changes_nothing(alice: User, api: Api, fields: dict[str, Any], field: str) -> None:
    answer = change(api, alice, display_name="Alix", **fields)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", field)
    alice.refresh_from_db()
    assert (alice.name, alice.status, alice.hides_presence) == ("Alice Archer", "", False)


def test_what_others_see_is_announced_and_nothing_else(alice: User, told: Told) -> None:
    with told() as heard:
        actions.change_profile(alice, status="At lunch")
        actions.change_profile(alice, hides_presence=True)
        actions.change_profile(alice, reads_privately=True)
        actions.change_profile(alice, display_name="Alix")
        with pytest.raises(InvalidError):
            actions.change_profile(alice, status="\0")
    assert heard == [("appearance_changed", {"user_id": alice.pk})] * 3


@pytest.fixture
def page(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.mark.parametrize(
    ("lasts", "zone", "ends_at"),
    [
        ("always", "", None),
        ("hour", "", datetime(2026, 1, 1, 23, 30, tzinfo=UTC)),
        ("today", "", datetime(2026, 1, 2, tzinfo=UTC)),
        # A Thursday, 22:30 in London, is Friday in Berlin and Thursday afternoon in Los Angeles.
        ("today", "-120", datetime(2026, 1, 2, 22, tzinfo=UTC)),
        ("today", "480", datetime(2026, 1, 2, 8, tzinfo=UTC)),
        ("week", "", datetime(2026, 1, 5, tzinfo=UTC)),
        ("week", "480", datetime(2026, 1, 5, 8, tzinfo=UTC)),
    ],
)
def test_the_page_ends_a_status_where_its_person_lives(
    lasts: str, zone: str, ends_at: datetime | None, page: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 1, 1, 22, 30, tzinfo=UTC))
    answer = page.post("/settings/status/", {"status": "Climbing", "lasts": lasts, "zone": zone})
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert (alice.status, alice.status_ends_at, alice.hides_presence) == ("Climbing", ends_at, False)


def test_the_page_keeps_an_end_that_is_still_to_come(page: Client, alice: User) -> None:
    ends_at = timezone.now() + timedelta(hours=1)
    actions.change_profile(alice, status="At lunch", status_ends_at=ends_at)
    assert 'value="keep" selected' in page.get("/settings/status/").text
    page.post("/settings/status/", {"status": "Eating", "lasts": "keep", "hides_presence": "on"})
    alice.refresh_from_db()
    assert (alice.status, alice.status_ends_at, alice.hides_presence) == ("Eating", ends_at, True)
    page.post("/settings/status/", {"status": "", "lasts": "hour", "reads_privately": "on"})
    alice.refresh_from_db()
    assert (alice.status, alice.status_ends_at, alice.hides_presence) == ("", None, False)
    assert alice.reads_privately


@pytest.mark.parametrize(
    ("field", "value"), [("status", "x" * 81), ("status", "\u202ea"), ("lasts", "keep"), ("lasts", "")]
)
def test_the_page_puts_an_error_beside_its_field(field: str, value: str, page: Client, alice: User) -> None:
    answer = page.post("/settings/status/", {"status": "a", "lasts": "always", field: value})
    assert answer.status_code == 200
    assert f'id="id_{field}_error"' in answer.text


def test_a_persons_page_shows_their_status(page: Client, bob: User) -> None:
    actions.change_profile(bob, status="At <lunch>")
    assert "At &lt;lunch&gt;" in page.get(f"/people/{bob.pk}/").text


def test_staff_may_clear_a_status_and_whoever_watches_is_told(
    make_user: Callable[..., User], alice: User, told: Told
) -> None:
    actions.change_profile(alice, status="Rude")
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    address = reverse("admin:accounts_user_change", args=[alice.pk])
    form = {
        "username": "alice",
        "email": alice.email,
        "display_name": "Alice",
        "status_ends_at_0": "",
        "status_ends_at_1": "",
    }
    with told() as heard:
        assert client.post(address, {**form, "status": "\u202e"}).status_code == 200
        assert client.post(address, {**form, "status": ""}).status_code == 302
    alice.refresh_from_db()
    assert alice.status == ""
    assert heard == [("appearance_changed", {"user_id": alice.pk})]
