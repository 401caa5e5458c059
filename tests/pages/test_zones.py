"""Time zones by the names that browsers report, whatever the system's own data leaves out."""

from __future__ import annotations

import shutil
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.zones import zone_names
from groups.models import Conversation

Api = Callable[..., APIClient]
# What Chromium reports in India, Ukraine, Vietnam, Argentina, Nepal, Burma and Eritrea.
OLD_NAMES = [
    "Asia/Calcutta",
    "Europe/Kiev",
    "Asia/Saigon",
    "America/Buenos_Aires",
    "Asia/Katmandu",
    "Asia/Rangoon",
    "Africa/Asmera",
]
NO_ZONES = ["localtime", "Factory", "posixrules", "Etc/Unknown", "Mars/Olympus", "../etc/passwd", "Africa", "", "utc "]


@pytest.fixture
def data_without_links(tmp_path: Path) -> Iterator[None]:
    """The system's data as in slim images: today's names alone."""
    for name in ("Asia/Kolkata", "Europe/Zurich"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        shutil.copy(Path("/usr/share/zoneinfo") / name, place)
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    zoneinfo.ZoneInfo.clear_cache()
    zone_names.cache_clear()
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()
    zone_names.cache_clear()


@pytest.mark.usefixtures("data_without_links")
@pytest.mark.parametrize("name", OLD_NAMES)
def test_an_old_name_is_a_zone_everywhere(name: str, alice: User, group: Conversation, api: Api, browser: Any) -> None:
    hours = {"from": "22:00", "to": "07:00", "time_zone": name}
    kept = api(alice).put("/api/v1/me/quiet_hours", hours, format="json")
    assert (kept.status_code, kept.json()["quiet_hours"]) == (200, hours)
    assert api(alice).get("/api/v1/search", {"q": "tea after:2026", "zone": name}).status_code == 200
    form = {"is_on": "on", "begins": "23:00", "ends": "06:00", "time_zone": name}
    assert browser(alice).post("/settings/attention/", form).status_code == 302
    assert browser(alice).post(f"/c/{group.pk}/attention/", {"mute": "tomorrow"}).status_code == 302
    alice.refresh_from_db()
    assert (alice.time_zone, alice.quiet_from) == (name, time(23))


@pytest.mark.parametrize("name", NO_ZONES)
def test_what_names_no_place_is_no_setting(name: str, alice: User, api: Api, browser: Any) -> None:
    hours = {"from": "22:00", "to": "07:00", "time_zone": name}
    refused = api(alice).put("/api/v1/me/quiet_hours", hours, format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "time_zone")
    form = {"is_on": "on", "begins": "23:00", "ends": "06:00", "time_zone": name}
    assert browser(alice).post("/settings/attention/", form).status_code == 200
    assert f'value="{name}"' not in browser(alice).get("/settings/attention/").text or name in ("", "utc ")
    alice.refresh_from_db()
    assert alice.time_zone == ""


@pytest.mark.parametrize("name", ["localtime", "Factory", "Middle/Earth"])
def test_a_zone_of_old_that_is_none_stops_no_page(name: str, alice: User, group: Conversation, browser: Any) -> None:
    User.objects.filter(pk=alice.pk).update(quiet_from=time(22), quiet_to=time(7), time_zone=name)
    alice.refresh_from_db()
    assert alice.quiet_hours is None
    page = browser(alice).get("/c/")
    assert (page.status_code, name in page.text) == (200, False)
    assert browser(alice).post(f"/c/{group.pk}/attention/", {"mute": "tomorrow"}).status_code == 302
    assert 'value="UTC" selected' in browser(alice).get("/settings/attention/").text


def test_a_browser_that_does_not_know_its_zone_searches(alice: User, api: Api) -> None:
    assert api(alice).get("/api/v1/search", {"q": "tea", "zone": "Etc/Unknown"}).status_code == 200
    refused = api(alice).get("/api/v1/search", {"q": "tea", "zone": "localtime"})
    assert (refused.status_code, refused.json()["field"]) == (400, "zone")
