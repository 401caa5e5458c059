"""Groups over REST, as a program would use them from making one to leaving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Contact, User
from groups import actions
from groups.models import Conversation
from tests.people import add_member, create_group

Api = Callable[..., APIClient]


def code(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def public(alice: User, bob: User) -> Conversation:
    return create_group(alice, name="Open air", is_public=True, members=[bob])


def test_a_group_is_made_with_its_members(alice: User, bob: User, api: Api) -> None:
    body = {"name": "Climbing", "description": "Up\nand down", "member_ids": [str(bob.pk), str(alice.pk)]}
    Contact.objects.create(owner=bob, contact=alice)
    made = api(alice).post("/api/v1/groups", body, format="json")
    assert made.status_code == 201
    told = made.json()
    assert (told.pop("added_ids"), told.pop("invited_ids")) == ([str(bob.pk)], [])
    created_at, group_id = told.pop("created_at"), told.pop("id")
    assert told == {
        "kind": "group",
        "name": "Climbing",
        "description": "Up\nand down",
        "is_public": False,
        "members_count": 2,
        "role": "owner",
        "slow_seconds": 0,
    }
    assert created_at.endswith("Z")
    assert api(bob).get(f"/api/v1/groups/{group_id}").json()["role"] == "member"


@pytest.mark.django_db(transaction=True)
def test_a_group_id_is_its_conversations_id(alice: User, public: Conversation, api: Api) -> None:
    conversations = api(alice).get("/api/v1/conversations").json()["results"]
    assert [row["id"] for row in conversations] == [str(public.pk)]


def test_replacing_empties_what_is_left_out_and_changing_keeps_it(alice: User, api: Api, group: Conversation) -> None:
    path = f"/api/v1/groups/{group.pk}"
    changed = api(alice).patch(path, {"name": "Bouldering"}, format="json").json()
    assert (changed["name"], changed["description"]) == ("Bouldering", "Up")
    replaced = api(alice).put(path, {"name": "Caving"}, format="json").json()
    assert (replaced["name"], replaced["description"]) == ("Caving", "")


def test_a_change_is_whole_or_not_at_all(alice: User, bob: User, api: Api, group: Conversation) -> None:
    actions.change_role(alice, conversation=group, user=bob, role="admin")
    body = {"name": "Bouldering", "is_public": True}
    assert code(api(bob).patch(f"/api/v1/groups/{group.pk}", body, format="json")) == (403, "not_allowed")
    group.refresh_from_db()
    assert group.name == "Climbing"


def test_strangers_see_public_groups_and_not_who_is_in_them(carol: User, public: Conversation, api: Api) -> None:
    client = api(carol)
    seen = client.get(f"/api/v1/groups/{public.pk}").json()
    assert (seen["role"], seen["members_count"]) == (None, 2)
    assert code(client.get(f"/api/v1/groups/{public.pk}/members")) == (403, "not_allowed")
    assert [row["name"] for row in client.get("/api/v1/groups?search=AIR").json()["results"]] == ["Open air"]


@pytest.fixture
def called_an(alice: User, bob: User, group: Conversation, make_user: Callable[..., User]) -> dict[str, User]:
    """Members whose names begin so, and one who is called so and is no member."""
    names = {"anna": "Zoe", "an": "", "zed": "Bo Andersson", "kim": "Kim", "hans": "Hans", "anton": ""}
    made = {name: make_user(name, display_name=shown) for name, shown in names.items()}
    Contact.objects.create(owner=alice, contact=made["kim"], nickname="Änni")
    Contact.objects.create(owner=bob, contact=made["hans"], nickname="Anyone")
    for name in ("anna", "an", "zed", "kim", "hans"):
        add_member(alice, conversation=group, user=made[name])
    return made


def test_members_are_completed_from_how_their_names_begin(
    alice: User, bob: User, carol: User, group: Conversation, called_an: dict[str, User], api: Api
) -> None:
    client, path = api(alice), f"/api/v1/groups/{group.pk}/members"

    def found(text: str) -> list[str]:
        rows = client.get(path, {"search": text}).json()["results"]
        return [row["user"]["username"] for row in rows]

    assert found("AN") == ["an", "anna", "zed"]
    assert found("Än") == ["kim"]
    assert found("ns") == found("%") == found("_") == []
    assert len(found("")) == 7
    first = client.get(path, {"search": "an", "limit": 1}).json()
    assert [row["user"]["username"] for row in client.get(first["next"]).json()["results"]] == ["anna"]
    mixed = client.get(first["next"].replace("search=an", "search="))
    assert (code(mixed), mixed.json()["field"]) == ((400, "invalid"), "cursor")
    assert code(api(carol).get(path, {"search": "an"})) == (404, "not_found")
    for text in ("x" * 65, "nul\0"):
        assert client.get(path, {"search": text}).json()["field"] == "search"


def test_companions_are_those_with_whom_one_shares_a_conversation(
    alice: User, bob: User, carol: User, called_an: dict[str, User], api: Api
) -> None:
    def found(user: User, text: str) -> list[str]:
        rows = api(user).get("/api/v1/companions", {"search": text}).json()["results"]
        return [row["username"] for row in rows]

    assert found(alice, "an") == ["an", "anna", "zed"]
    assert found(bob, "an") == ["an", "anna", "zed", "hans"]
    assert found(carol, "") == []
    actions.open_direct(carol, called_an["anton"])
    assert found(carol, "an") == found(carol, "") == ["anton"]
    assert "bob" not in found(bob, "")
    assert api(alice).get("/api/v1/companions?search=%00").json()["field"] == "search"


def test_private_groups_are_not_listed(alice: User, carol: User, group: Conversation, api: Api) -> None:
    for user in (alice, carol):
        assert api(user).get("/api/v1/groups").json()["results"] == []


def test_joining_by_name_and_again(carol: User, public: Conversation, api: Api) -> None:
    client, body = api(carol), {"name": "OPEN AIR"}
    answers = [client.post("/api/v1/groups/join", body, format="json") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["role"] == "member"


def test_whoever_leaves_again_finds_nothing_to_leave(carol: User, public: Conversation, api: Api) -> None:
    client, own = api(carol), f"/api/v1/groups/{public.pk}/members/{carol.pk}"
    client.post("/api/v1/groups/join", {"name": "Open air"}, format="json")
    assert client.delete(own).status_code == 204
    assert code(client.delete(own)) == (404, "not_found")


def test_an_invitation_is_found_accepted_and_used_up(alice: User, carol: User, group: Conversation, api: Api) -> None:
    path, body = f"/api/v1/groups/{group.pk}/invitations", {"user_id": str(carol.pk)}
    made = [api(alice).post(path, body, format="json") for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 200]
    (mine,) = api(carol).get("/api/v1/invitations").json()["results"]
    assert mine["group"]["name"] == "Climbing"
    assert mine["created_by"]["username"] == "alice"
    joined = api(carol).post("/api/v1/groups/join", {"invite": mine["invite"]}, format="json")
    assert (joined.status_code, joined.json()["id"]) == (201, str(group.pk))
    assert api(carol).get("/api/v1/invitations").json()["results"] == []
    assert code(api(alice).post(path, body, format="json")) == (409, "already_member")


def test_handing_a_group_over(alice: User, bob: User, group: Conversation, api: Api) -> None:
    members = f"/api/v1/groups/{group.pk}/members"
    given = api(alice).patch(f"{members}/{bob.pk}", {"role": "owner"}, format="json")
    assert given.json()["role"] == "owner"
    assert api(alice).delete(f"{members}/{alice.pk}").status_code == 204
    assert [row["role"] for row in api(bob).get(members).json()["results"]] == ["owner"]


def test_the_last_to_leave_closes_the_group(alice: User, bob: User, group: Conversation, api: Api) -> None:
    members = f"/api/v1/groups/{group.pk}/members"
    for user in (bob, alice):
        assert api(user).delete(f"{members}/{user.pk}").status_code == 204
    assert not Conversation.objects.exists()


def test_others_groups_are_those_shared_with_them(alice: User, bob: User, carol: User, api: Api) -> None:
    shared = create_group(alice, name="Shared", members=[bob])
    actions.create_group(bob, name="Bobs own", is_public=True)
    seen = api(alice).get(f"/api/v1/users/{bob.pk}/groups").json()["results"]
    assert [row["id"] for row in seen] == [str(shared.pk)]
    own = api(bob).get(f"/api/v1/users/{bob.pk}/groups").json()["results"]
    assert [row["name"] for row in own] == ["Bobs own", "Shared"]
    assert api(carol).get(f"/api/v1/users/{bob.pk}/groups").json()["results"] == []


def test_a_direct_conversation_is_no_group(alice: User, bob: User, api: Api) -> None:
    direct, _ = actions.open_direct(alice, bob)
    client = api(alice)
    assert code(client.get(f"/api/v1/groups/{direct.pk}")) == (404, "not_found")
    assert code(client.delete(f"/api/v1/groups/{direct.pk}/members/{alice.pk}")) == (404, "not_found")
    assert client.get(f"/api/v1/users/{alice.pk}/groups").json()["results"] == []
