"""Names that pass for the site, for a role or for somebody else, tried at every place where a name is given."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from tests.attacks.bystanders import chatting
from tests.attacks.fronted import FrontedServer, Outcomes, csrf, outcome
from tests.live import PASSWORD, Account

pytestmark = pytest.mark.server
OFFICIAL = ["admin", "Parley", "Parley Support", "Аdmin", "@all"]
REAL = "Alice Winter"
# With a character of no width, and with Cyrillic and Greek letters.
IMITATIONS = ["Al\u200bice Winter", "Аlice Winter", "Alіce Winter", "Αlice Winter"]
GROUP = "Board of Winter"
GROUP_IMITATIONS = ["Bоard of Winter", "Board\u200b of Winter", "Parley", "admin"]


def try_names(server: FrontedServer, mallory: Account, username: str) -> dict[str, Outcomes]:
    found: dict[str, Outcomes] = {"own": Outcomes(), "new": Outcomes(), "group": Outcomes(), "page": Outcomes()}
    page = mallory.browser()
    for name in [*OFFICIAL, *IMITATIONS, f"@{username}"]:
        found["own"][outcome(mallory.api.patch("me", json={"display_name": name}))] += 1
        new = f"m{uuid.uuid4().hex[:12]}"
        body = {"username": new, "email": f"{new}@example.org", "password": PASSWORD, "display_name": name}
        found["new"][outcome(server.client().post("/api/v1/signup", json=body))] += 1
        form = {"display_name": name, "email": "", **csrf(page)}
        found["page"][outcome(page.post("/settings/", data=form, follow_redirects=False))] += 1
    for name in GROUP_IMITATIONS:
        body = {"name": name, "is_public": True}
        found["group"][outcome(mallory.api.post("groups", json=body))] += 1
    return found


async def test_nobody_passes_for_another(fronted: FrontedServer) -> None:
    alice, carol, mallory = [await asyncio.to_thread(fronted.newcomer, name) for name in ("alice", "carol", "mallory")]
    alice.api.patch("me", json={"display_name": REAL}).raise_for_status()
    alice.api.post("groups", json={"name": GROUP, "is_public": True}).raise_for_status()
    async with chatting(fronted, "names that imitate"):
        found = await asyncio.to_thread(try_names, fronted, mallory, alice.username)
        # Two may honestly share a name, and are told apart by their usernames.
        carol.api.patch("me", json={"display_name": REAL}).raise_for_status()
    names = len(OFFICIAL) + len(IMITATIONS) + 1
    assert found["own"] == found["new"] == {(400, "invalid"): names}
    assert found["page"] == {(200, ""): names}
    assert set(found["group"]) <= {(400, "invalid"), (409, "name_taken")}
    assert mallory.api.get("me").json()["display_name"] == mallory.username
    same = mallory.api.get("users", params={"search": REAL}).json()["results"]
    assert sorted(person["username"] for person in same) == sorted([alice.username, carol.username])
