"""Nobody is put into a group who has not agreed to it: others get an invitation to accept or decline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import AddedBy, Block, Contact, User
from accounts.policy import Additions, SitePolicy
from groups import actions
from groups.models import Conversation, Invitation, Membership
from tests.accounts.rest import code
from tests.people import create_group

Api = Callable[..., APIClient]


def is_in(user: User, group: Conversation) -> bool:
    return Membership.objects.filter(conversation=group, user=user).exists()


def allow_companions() -> None:
    SitePolicy.objects.create(pk=1, additions=Additions.GROUPS)


@pytest.fixture
def empty(alice: User) -> Conversation:
    return actions.create_group(alice, name="Empty")


def test_a_stranger_is_invited_instead_of_added(alice: User, carol: User, empty: Conversation, api: Api) -> None:
    path = f"/api/v1/groups/{empty.pk}/members"
    answer = api(alice).post(path, {"user_id": str(carol.pk)}, format="json")
    assert answer.status_code == 202
    told = answer.json()
    assert (told["user"]["id"], told["role"], told["joined_at"]) == (str(carol.pk), None, None)
    assert not is_in(carol, empty)
    [invitation] = api(carol).get("/api/v1/invitations").json()["results"]
    assert invitation == told["invitation"]
    assert api(alice).post(path, {"user_id": str(carol.pk)}, format="json").json() == told
    joined = api(carol).post("/api/v1/groups/join", {"invite": invitation["invite"]}, format="json")
    assert joined.status_code == 201
    assert is_in(carol, empty)


def test_a_new_group_says_who_was_added_and_who_was_invited(alice: User, bob: User, carol: User, api: Api) -> None:
    Contact.objects.create(owner=bob, contact=alice)
    body = {"name": "Climbing", "member_ids": [str(bob.pk), str(carol.pk)]}
    made = api(alice).post("/api/v1/groups", body, format="json").json()
    assert (made["added_ids"], made["invited_ids"], made["members_count"]) == ([str(bob.pk)], [str(carol.pk)], 2)


def test_only_whom_one_took_into_ones_own_contacts_may_add_one(alice: User, bob: User, empty: Conversation) -> None:
    Contact.objects.create(owner=alice, contact=bob)  # which alice does alone
    assert isinstance(actions.add_member(alice, conversation=empty, user=bob)[0], Invitation)
    Contact.objects.create(owner=bob, contact=alice)
    assert isinstance(actions.add_member(alice, conversation=empty, user=bob)[0], Membership)


@pytest.mark.parametrize(
    ("allowed", "added_by", "is_added"),
    [
        (False, AddedBy.GROUPS, False),
        (True, AddedBy.GROUPS, True),
        (True, AddedBy.CONTACTS, False),
        (True, AddedBy.NOBODY, False),
    ],
)
def test_who_shares_a_group_adds_where_site_and_person_allow_it(
    allowed: bool, added_by: str, is_added: bool, alice: User, bob: User, empty: Conversation
) -> None:
    create_group(alice, name="Shared", members=[bob])
    User.objects.filter(pk=bob.pk).update(added_by=added_by)
    if allowed:
        allow_companions()
    actions.add_member(alice, conversation=empty, user=User.objects.get(pk=bob.pk))
    assert is_in(bob, empty) == is_added


def test_a_direct_conversation_is_no_shared_group(alice: User, bob: User, empty: Conversation) -> None:
    allow_companions()
    actions.open_direct(alice, bob)
    actions.add_member(alice, conversation=empty, user=bob)
    assert not is_in(bob, empty)


def test_who_wants_to_be_asked_is_asked_by_contacts_too(alice: User, bob: User, empty: Conversation, api: Api) -> None:
    Contact.objects.create(owner=bob, contact=alice)
    assert api(bob).patch("/api/v1/me", {"added_by": "nobody"}, format="json").json()["added_by"] == "nobody"
    actions.add_member(alice, conversation=empty, user=User.objects.get(pk=bob.pk))
    assert not is_in(bob, empty)


def test_a_wrong_choice_is_refused(bob: User, api: Api) -> None:
    answer = api(bob).patch("/api/v1/me", {"added_by": "everyone"}, format="json")
    assert code(answer) == (400, "invalid")
    assert answer.json()["field"] == "added_by"


def test_a_block_stands_in_the_way_of_an_invitation(alice: User, bob: User, empty: Conversation, api: Api) -> None:
    Block.objects.create(blocker=bob, blocked=alice)
    answer = api(alice).post(f"/api/v1/groups/{empty.pk}/members", {"user_id": str(bob.pk)}, format="json")
    assert code(answer) == (403, "not_allowed")


def test_groups_and_people_are_limited(alice: User, make_user: Any, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "groups_by_user": "3/hour", "people_by_user": "4/hour"}
    client, people = api(alice), [make_user(f"person{number}") for number in range(5)]
    first = client.post("/api/v1/groups", {"name": "a", "member_ids": [str(p.pk) for p in people[:3]]}, format="json")
    assert first.status_code == 201
    path = f"/api/v1/groups/{first.json()['id']}/"
    assert client.post(f"{path}members", {"user_id": str(people[3].pk)}, format="json").status_code == 202
    refused = client.post(f"{path}invitations", {"user_id": str(people[4].pk)}, format="json")
    assert code(refused) == (429, "rate_limited")
    assert [client.post("/api/v1/groups", {"name": n}, format="json").status_code for n in "bcd"] == [201, 201, 429]


def test_invitations_are_announced_as_they_come_and_go(alice: User, bob: User, empty: Conversation, told: Any) -> None:
    def heard_by(verb: Callable[[], Any]) -> list[Any]:
        with told() as heard:
            verb()
        return [about["user_id"] for name, about in heard if name == "invitations_changed"]

    invitation = actions.create_invitation(alice, conversation=empty, invitee=bob)[0]
    assert heard_by(lambda: actions.decline_invitation(bob, invitation=invitation)) == [bob.pk]
    assert heard_by(lambda: actions.add_member(alice, conversation=empty, user=bob)) == [bob.pk]
    again = Invitation.objects.live().get(invitee=bob)
    assert heard_by(lambda: actions.accept_invite(bob, invite=again.invite)) == [bob.pk]
    assert heard_by(lambda: actions.create_invitation(alice, conversation=empty)) == []


def test_the_page_offers_to_add_only_who_agreed(alice: User, bob: User, carol: User, empty: Conversation) -> None:
    client = Client()
    client.force_login(alice)
    for user in (bob, carol):
        Contact.objects.create(owner=alice, contact=user)
    Contact.objects.create(owner=bob, contact=alice)
    page = client.get(f"/groups/{empty.pk}/add/").text
    assert f"/members/{bob.pk}/add/" in page
    assert f"/members/{carol.pk}/add/" not in page
    assert f"/members/{carol.pk}/invite/" in page
    answer = client.post(f"/groups/{empty.pk}/members/{carol.pk}/add/", follow=True)
    assert "carol is invited." in answer.text
    client.post("/groups/new/", {"name": "New", "members": [str(bob.pk), str(carol.pk)]})
    assert "Invited, and here once they accept: carol." in client.get("/groups/").text


def test_the_list_says_that_one_is_invited_and_the_page_lets_one_choose(
    alice: User, bob: User, empty: Conversation
) -> None:
    actions.add_member(alice, conversation=empty, user=bob)
    client = Client()
    client.force_login(bob)
    assert "You are invited to a group" in client.get("/people/").text
    invitation = Invitation.objects.get(invitee=bob)
    client.post(f"/invitations/{invitation.pk}/decline/")
    assert "You are invited to a group" not in client.get("/people/").text
    assert not is_in(bob, empty)


def test_the_choice_is_made_on_a_page(bob: User) -> None:
    client = Client()
    client.force_login(bob)
    page = client.get("/settings/privacy/").text
    assert "share a group" not in page
    client.post("/settings/privacy/", {"added_by": "nobody"})
    bob.refresh_from_db()
    assert bob.added_by == AddedBy.NOBODY
    allow_companions()
    assert "share a group" in client.get("/settings/privacy/").text


def test_conversations_begun_with_people_count_with_whom_one_adds(
    alice: User, make_user: Any, api: Api, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "people_by_user": "2/hour"}
    client, people = api(alice), [make_user(f"person{number}") for number in range(3)]

    def opened(person: User) -> Any:
        return client.post("/api/v1/conversations", {"user_id": str(person.pk)}, format="json")

    assert [opened(person).status_code for person in people] == [201, 201, 429]
    assert code(opened(people[2])) == (429, "rate_limited")
    assert opened(people[0]).status_code == 200
