"""What is asked of groups and their members by mistake or in malice: a clear refusal, and nothing changed."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from accounts.models import User
from groups import actions
from groups.models import Conversation
from tests.rest_bad_input.refusals import NOBODY, Api, refused


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "Climbing", "invite": "x"},
        {"name": 7},
        {"invite": "x" * 33},
        {"invite": ["x"]},
        {"name": ""},
    ],
)
def test_joining_takes_a_name_or_an_invite(alice: User, api: Api, body: Any) -> None:
    refused(api(alice).post("/api/v1/groups/join", body, format="json"), 400, "invalid")


def test_no_such_group_or_invite(alice: User, carol: User, api: Api, group: Conversation) -> None:
    link, _ = actions.create_invitation(alice, conversation=group)
    actions.revoke_invitation(alice, invitation=link)
    answers = [
        refused(api(carol).post("/api/v1/groups/join", {"invite": invite}, format="json"), 404, "not_found", "invite")
        for invite in (link.invite, "nosuchinvite")
    ]
    assert answers[0] == answers[1]
    answers = [
        refused(api(carol).post("/api/v1/groups/join", {"name": name}, format="json"), 404, "not_found", "name")
        for name in (group.name, "No such group")
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("role", ["king", "", None, 7, "OWNER", ["owner"]])
def test_a_role_is_one_of_three(alice: User, bob: User, api: Api, group: Conversation, role: Any) -> None:
    path = f"/api/v1/groups/{group.pk}/members/{bob.pk}"
    refused(api(alice).patch(path, {"role": role}, format="json"), 400, "invalid", "role")


@pytest.mark.parametrize("user_id", ["x", "", None, 7, "0" * 35, f"urn:uuid:{NOBODY}", [], {}])
def test_a_user_id_is_a_uuid(alice: User, api: Api, group: Conversation, user_id: Any) -> None:
    for path in ("members", "invitations"):
        answer = api(alice).post(f"/api/v1/groups/{group.pk}/{path}", {"user_id": user_id}, format="json")
        refused(answer, 400, "invalid", "user_id")


def test_an_unknown_user_cannot_be_added(alice: User, api: Api, group: Conversation) -> None:
    absent = str(uuid.uuid4())
    for path in ("members", "invitations"):
        answer = api(alice).post(f"/api/v1/groups/{group.pk}/{path}", {"user_id": absent}, format="json")
        refused(answer, 404, "not_found", "user_id")
    refused(api(alice).post("/api/v1/groups", {"name": "a", "member_ids": [absent]}, format="json"), 404, "not_found")


def test_the_last_owner_stays(alice: User, bob: User, api: Api, group: Conversation) -> None:
    own = f"/api/v1/groups/{group.pk}/members/{alice.pk}"
    refused(api(alice).delete(own), 409, "last_owner")
    refused(api(alice).patch(own, {"role": "member"}, format="json"), 409, "last_owner")


def test_a_public_name_is_taken_once(alice: User, bob: User, api: Api) -> None:
    body = {"name": "Climbing", "is_public": True}
    assert api(alice).post("/api/v1/groups", body, format="json").status_code == 201
    refused(api(bob).post("/api/v1/groups", {**body, "name": "cLIMBING"}, format="json"), 409, "name_taken", "name")
