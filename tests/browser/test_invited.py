"""An open page shows that its user is invited, while that is so."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_an_invitation_appears_on_an_open_page_and_goes_when_it_is_declined(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    bob.sign_in()
    bob.wait_connected()
    line = bob.page.locator("invitations-line")
    expect(line).to_be_hidden()
    group = alice.account.make_group(name=f"Club {alice.name}")
    asked = alice.account.api.post(f"groups/{group}/members", json={"user_id": bob.account.id})
    assert asked.status_code == 202
    expect(line).to_have_text("You are invited to a group")
    invitation = bob.account.api.get("invitations").json()["results"][0]["id"]
    assert bob.account.api.delete(f"invitations/{invitation}").status_code == 204
    expect(line).to_be_hidden()
