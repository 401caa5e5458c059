"""Who is in a group: adding, invitations, links, roles, removing, leaving and deleting."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts import actions as account_actions
from accounts.models import User
from groups import actions
from groups.models import Conversation, Invitation, Role
from tests.conftest import PASSWORD
from tests.pages.conftest import Browser, role_of


def test_members_are_added_and_invited_from_a_search(
    browser: Browser, alice: User, carol: User, group: Conversation
) -> None:
    client, path = browser(alice), reverse("add_members", args=[group.pk])
    page = client.get(path, {"q": "car"}).text
    assert reverse("add_member", args=[group.pk, carol.pk]) not in page
    client.post(reverse("invite_person", args=[group.pk, carol.pk]))
    assert role_of(carol, group) is None
    assert "Climbing" in browser(carol).get("/groups/").text
    client.post(reverse("add_member", args=[group.pk, carol.pk]))
    assert role_of(carol, group) is None
    account_actions.add_contact(carol, contact=alice)
    assert reverse("add_member", args=[group.pk, carol.pk]) in client.get(path, {"q": "car"}).text
    client.post(reverse("add_member", args=[group.pk, carol.pk]))
    assert role_of(carol, group) == Role.MEMBER


@pytest.mark.parametrize("name", ["add_member", "invite_person"])
def test_someone_who_blocks_is_not_added_and_nobody_is_told_who_did_it(
    name: str, browser: Browser, alice: User, carol: User, group: Conversation
) -> None:
    account_actions.block_user(carol, blocked=alice)
    page = browser(alice).post(reverse(name, args=[group.pk, carol.pk]), follow=True)
    assert "You cannot write to or invite this person." in page.text
    assert role_of(carol, group) is None
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(("name", "role"), [("accept_invitation", Role.MEMBER), ("decline_invitation", None)])
def test_an_invitation_is_accepted_or_declined(
    name: str, role: str | None, browser: Browser, alice: User, carol: User, group: Conversation
) -> None:
    invitation, _ = actions.create_invitation(alice, conversation=group, invitee=carol)
    browser(carol).post(reverse(name, args=[invitation.pk]))
    assert role_of(carol, group) == role
    assert not Invitation.objects.live().exists()


def test_a_link_is_made_shown_and_revoked(browser: Browser, alice: User, carol: User, group: Conversation) -> None:
    client = browser(alice)
    form = {"form_key": str(uuid.uuid4()), "expires_in": "never"}
    for _ in range(2):
        client.post(reverse("new_link", args=[group.pk]), form)
    link = Invitation.objects.get()
    path = reverse("join", args=[link.invite])
    assert f"http://testserver{path}" in client.get(reverse("invitations", args=[group.pk])).text
    assert "Join Climbing" in browser(carol).get(path).text
    client.post(reverse("revoke_invitation", args=[group.pk, link.pk]))
    for answer in (browser(carol).get(path), browser(carol).post(path)):
        assert answer.status_code == 404
        assert "no longer works" in answer.text
    assert role_of(carol, group) is None


def test_a_stranger_with_a_link_signs_in_or_up_on_the_way(alice: User, carol: User, group: Conversation) -> None:
    link, _ = actions.create_invitation(alice, conversation=group)
    path, client = reverse("join", args=[link.invite]), Client()
    invited = client.get(path).text
    assert "Climbing" in invited
    assert "Alice Archer" in invited
    for way_in in ("login", "signup"):
        assert re.search(rf"/accounts/{way_in}/\?next=(%2F|/)join", invited)
    answer = client.post("/accounts/login/", {"login": "carol", "password": PASSWORD, "next": path})
    assert answer["Location"] == path
    assert client.post(path)["Location"] == f"/c/{group.pk}/"
    assert role_of(carol, group) == Role.MEMBER


def test_roles_are_given_and_taken_by_an_owner(browser: Browser, alice: User, bob: User, group: Conversation) -> None:
    client, path = browser(alice), reverse("change_role", args=[group.pk, bob.pk])
    client.post(path, {"role": "admin"})
    assert role_of(bob, group) == Role.ADMIN
    client.post(path, {"role": "member"})
    assert role_of(bob, group) == Role.MEMBER
    for role in ("owner", "emperor", ""):
        assert client.post(path, {"role": role}).status_code == 302
        assert role_of(bob, group) == Role.MEMBER


@pytest.mark.parametrize(("data", "mine"), [({}, Role.ADMIN), ({"together": "1"}, Role.OWNER)])
def test_a_group_is_handed_over_or_shared(
    data: dict[str, str], mine: str, browser: Browser, alice: User, bob: User, group: Conversation
) -> None:
    path = reverse("hand_over", args=[group.pk, bob.pk])
    assert "Hand Climbing over to bob?" in browser(alice).get(path).text
    browser(alice).post(path, data)
    assert (role_of(bob, group), role_of(alice, group)) == (Role.OWNER, mine)


def test_an_owner_steps_down_only_where_there_is_another(
    browser: Browser, alice: User, bob: User, group: Conversation
) -> None:
    client, path = browser(alice), reverse("group", args=[group.pk])
    own = reverse("change_role", args=[group.pk, alice.pk])
    assert "Step down" not in client.get(path).text
    assert "A group keeps at least one owner" in client.post(own, {"role": "admin", "next": path}, follow=True).text
    actions.change_role(alice, conversation=group, user=bob, role="owner")
    assert "Step down" in client.get(path).text
    client.post(own, {"role": "admin"})
    assert role_of(alice, group) == Role.ADMIN


def test_a_member_is_removed_after_one_question(browser: Browser, alice: User, bob: User, group: Conversation) -> None:
    path = reverse("remove_member", args=[group.pk, bob.pk])
    assert "Remove bob?" in browser(alice).get(path).text
    assert role_of(bob, group) == Role.MEMBER
    browser(alice).post(path)
    assert role_of(bob, group) is None
    assert browser(bob).get(reverse("group", args=[group.pk])).status_code == 404


def test_the_last_owner_is_told_why_they_cannot_leave(browser: Browser, alice: User, group: Conversation) -> None:
    page = browser(alice).post(reverse("leave_group", args=[group.pk]), follow=True)
    assert "A group keeps at least one owner" in page.text
    assert role_of(alice, group) == Role.OWNER


def test_leaving_asks_once_and_the_last_member_is_warned(
    browser: Browser, alice: User, bob: User, group: Conversation
) -> None:
    path = reverse("leave_group", args=[group.pk])
    assert "To come back" in browser(bob).get(path).text
    browser(bob).post(path)
    assert role_of(bob, group) is None
    assert "will be deleted" in browser(alice).get(path).text
    browser(alice).post(path)
    assert not Conversation.objects.exists()


def test_deleting_asks_once_and_names_the_group(browser: Browser, alice: User, group: Conversation) -> None:
    path = reverse("delete_group", args=[group.pk])
    assert "Delete Climbing?" in browser(alice).get(path).text
    browser(alice).post(path)
    assert not Conversation.objects.exists()
