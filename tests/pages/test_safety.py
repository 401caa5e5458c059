"""Keeping a group safe, in pages without a script: bans and links that end."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import User
from groups import actions
from groups.models import Conversation, Invitation
from tests.pages.conftest import Browser


def test_a_ban_is_asked_for_listed_and_lifted_in_pages(
    browser: Browser, alice: User, bob: User, carol: User, group: Conversation
) -> None:
    actions.publish_group(alice, conversation=group, is_public=True)
    owner, path = browser(alice), reverse("bans", args=[group.pk])
    assert reverse("ban_user", args=[group.pk, bob.pk]) in owner.get(reverse("group", args=[group.pk])).text
    assert reverse("ban_user", args=[group.pk, carol.pk]) in owner.get(path, {"q": "CAR"}).text
    for user in (bob, carol):
        assert f"Ban {user.name}?" in owner.get(reverse("ban_user", args=[group.pk, user.pk])).text
        owner.post(reverse("ban_user", args=[group.pk, user.pk]))
    listed = owner.get(path).text
    assert "by <bdi>Alice Archer</bdi>" in listed
    card = browser(bob).get(reverse("group", args=[group.pk])).text
    assert "You are banned from this group." in card
    assert "Join Climbing" not in card
    joined = browser(bob).post(reverse("join_group", args=[group.pk]), follow=True)
    assert "You are banned from this group." in joined.text
    assert not group.memberships.filter(user=bob).exists()
    owner.post(reverse("lift_ban", args=[group.pk, bob.pk]))
    browser(bob).post(reverse("join_group", args=[group.pk]))
    assert group.memberships.filter(user=bob).exists()


def test_a_link_is_made_to_end_and_says_so(browser: Browser, alice: User, carol: User, group: Conversation) -> None:
    client, path = browser(alice), reverse("new_link", args=[group.pk])
    client.post(path, {"expires_in": "day", "uses_most": "1"})
    link = Invitation.objects.get()
    assert (link.expires_at - link.created_at).total_seconds() == pytest.approx(86_400, abs=5)
    browser(carol).post(reverse("join", args=[link.invite]))
    assert browser(carol).get(reverse("join", args=[link.invite]))["Location"] == f"/c/{group.pk}/"
    assert "A link for anyone" not in client.get(reverse("invitations", args=[group.pk])).text
    client.post(path, {"expires_in": "week", "uses_most": "5"})
    listed = client.get(reverse("invitations", args=[group.pk])).text
    assert re.search(r"ends <time .*0 of 5</span> came in", listed)


@pytest.mark.parametrize(
    ("field", "value"), [("expires_in", "7"), ("expires_in", ""), ("uses_most", "0"), ("uses_most", "many")]
)
def test_a_link_that_cannot_be_comes_back_with_the_error_beside_its_field(
    field: str, value: str, browser: Browser, alice: User, group: Conversation
) -> None:
    page = browser(alice).post(reverse("new_link", args=[group.pk]), {"expires_in": "never", field: value})
    assert page.status_code == 400
    assert f'id="id_{field}_error"' in page.text
    assert not Invitation.objects.exists()
