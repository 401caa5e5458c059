"""Bans: who may, what becomes of the banned, and that no way leads back in until the ban is lifted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.errors import InvalidError, NotAllowedError
from accounts.models import User
from groups import actions
from groups.errors import BannedError
from groups.models import Conversation, Membership, PendingChange
from tests.groups.test_races import at_once
from tests.people import add_member

Api = Callable[..., APIClient]


def is_in(user: User, group: Conversation) -> bool:
    return group.memberships.filter(user=user).exists()


def test_a_banned_member_is_removed_and_all_are_told(alice: User, bob: User, group: Conversation, told: Any) -> None:
    with told() as heard:
        ban, created = actions.ban_user(alice, conversation=group, user=bob)
    assert (created, ban.banned_by) == (True, alice)
    assert not is_in(bob, group)
    change = PendingChange.objects.latest("id")
    assert (change.type, change.author_id, change.details) == ("member.removed", alice.pk, {"user_id": str(bob.pk)})
    assert heard[-1][1]["removed"] == [bob.pk]
    assert actions.ban_user(alice, conversation=group, user=bob) == (ban, False)


def test_a_channel_bans_alike(alice: User, carol: User) -> None:
    channel = actions.create_group(alice, name="News", kind="channel", is_public=True)
    actions.join_group(carol, conversation=channel)
    actions.ban_user(alice, conversation=channel, user=carol)
    with pytest.raises(BannedError, match="You are banned from this channel"):
        actions.join_group(carol, conversation=channel)
    assert not is_in(carol, channel)


def test_no_way_leads_in_until_the_ban_is_lifted(alice: User, carol: User, group: Conversation) -> None:
    actions.publish_group(alice, conversation=group, is_public=True)
    link, _ = actions.create_invitation(alice, conversation=group)
    actions.create_invitation(alice, conversation=group, invitee=carol)
    ban, _ = actions.ban_user(alice, conversation=group, user=carol)
    assert not group.invitations.filter(invitee=carol).exists()
    ways: list[Callable[[], Any]] = [
        lambda: actions.join_group(carol, conversation=group),
        lambda: actions.accept_invite(carol, invite=link.invite),
        lambda: add_member(alice, conversation=group, user=carol),
        lambda: actions.create_invitation(alice, conversation=group, invitee=carol),
    ]
    for way in ways:
        with pytest.raises(BannedError):
            way()
    assert not is_in(carol, group)
    actions.lift_ban(alice, ban=ban)
    actions.accept_invite(carol, invite=link.invite)
    assert is_in(carol, group)


def test_never_an_owner_an_admin_only_by_an_owner_and_not_oneself(
    alice: User, bob: User, carol: User, group: Conversation, make_user: Callable[..., User]
) -> None:
    dora = make_user("dora")
    for user in (carol, dora):
        add_member(alice, conversation=group, user=user)
    for user in (bob, dora):
        actions.change_role(alice, conversation=group, user=user, role="admin")
    for actor, user in ((bob, alice), (bob, dora), (carol, bob)):
        with pytest.raises(NotAllowedError):
            actions.ban_user(actor, conversation=group, user=user)
    actions.change_role(alice, conversation=group, user=dora, role="owner")
    with pytest.raises(NotAllowedError):
        actions.ban_user(alice, conversation=group, user=dora)
    with pytest.raises(InvalidError):
        actions.ban_user(bob, conversation=group, user=bob)
    assert not group.bans.exists()
    actions.ban_user(bob, conversation=group, user=carol)
    actions.ban_user(alice, conversation=group, user=bob)
    assert set(group.memberships.values_list("user__username", flat=True)) == {"alice", "dora"}


def test_bans_over_rest_are_put_listed_in_pages_and_deleted(
    alice: User, bob: User, carol: User, group: Conversation, api: Api
) -> None:
    client, bans = api(alice), f"/api/v1/groups/{group.pk}/bans"
    answers = [client.put(f"{bans}/{user.pk}") for user in (bob, bob, carol)]
    assert [answer.status_code for answer in answers] == [201, 200, 201]
    page = client.get(f"{bans}?limit=1").json()
    assert [row["user"]["username"] for row in page["results"]] == ["carol"]
    assert page["results"][0]["banned_by"]["username"] == "alice"
    assert [row["user"]["username"] for row in client.get(page["next"]).json()["results"]] == ["bob"]
    refused = client.post(f"/api/v1/groups/{group.pk}/members", {"user_id": str(bob.pk)}, format="json")
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (409, "banned", "user_id")
    assert client.get(f"{bans}/{bob.pk}").json()["user"]["username"] == "bob"
    assert [client.delete(f"{bans}/{bob.pk}").status_code for _ in range(2)] == [204, 404]
    assert client.put(f"{bans}/{group.pk}").json()["code"] == "not_found"


@pytest.mark.django_db(transaction=True)
def test_whoever_joins_while_being_banned_is_out_in_the_end(
    alice: User, carol: User, group: Conversation, make_user: Callable[..., User]
) -> None:
    actions.publish_group(alice, conversation=group, is_public=True)
    link, _ = actions.create_invitation(alice, conversation=group)
    outcome = at_once(
        lambda: actions.join_group(carol, conversation=group),
        lambda: actions.ban_user(alice, conversation=group, user=carol),
        lambda: actions.accept_invite(carol, invite=link.invite),
        lambda: actions.ban_user(alice, conversation=group, user=carol),
    )
    assert outcome["done"] + outcome["banned"] == 4
    assert group.bans.count() == 1
    assert not Membership.objects.filter(conversation=group, user=carol).exists()
