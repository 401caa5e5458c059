"""Keeping a group safe, in pages without a script: bans and links that end."""

from __future__ import annotations

from django.urls import reverse

from accounts.models import User
from groups import actions
from groups.models import Conversation
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
