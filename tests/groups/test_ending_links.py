"""Invitations that end by themselves: after a time, or when as many have come in as may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.errors import NotFoundError
from accounts.models import User
from groups import actions
from groups.models import Conversation, Invitation
from tests.groups.test_races import at_once

Api = Callable[..., APIClient]


def end(invitation: Invitation) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_link_lasts_as_long_as_was_said(alice: User, carol: User, group: Conversation) -> None:
    link, _ = actions.create_invitation(alice, conversation=group, expires_in=3_600)
    assert link.expires_at is not None
    assert abs(link.expires_at - timezone.now() - timedelta(hours=1)) < timedelta(minutes=1)
    end(link)
    with pytest.raises(NotFoundError):
        actions.accept_invite(carol, invite=link.invite)
    assert not group.invitations.live().exists()


def test_an_invitation_of_one_person_ends_too(alice: User, carol: User, group: Conversation, api: Api) -> None:
    invitation, _ = actions.create_invitation(alice, conversation=group, invitee=carol, expires_in=86_400)
    assert len(api(carol).get("/api/v1/invitations").json()["results"]) == 1
    end(invitation)
    assert api(carol).get("/api/v1/invitations").json()["results"] == []
    with pytest.raises(NotFoundError):
        actions.accept_invite(carol, invite=invitation.invite)
    assert actions.create_invitation(alice, conversation=group, invitee=carol)[1]


def test_members_use_nothing_up_and_the_last_to_come_in_may_ask_again(
    alice: User, bob: User, carol: User, group: Conversation, api: Api, make_user: Callable[..., User]
) -> None:
    body = {"expires_in": None, "uses_most": 1}
    made = api(alice).post(f"/api/v1/groups/{group.pk}/invitations", body, format="json").json()
    assert (made["expires_at"], made["uses_most"], made["uses"]) == (None, 1, 0)
    join = {"invite": made["invite"]}
    answers = [api(user).post("/api/v1/groups/join", join, format="json") for user in (bob, carol, carol)]
    assert [answer.status_code for answer in answers] == [200, 201, 200]
    refused = api(make_user("dora")).post("/api/v1/groups/join", join, format="json")
    unknown = api(make_user("erin")).post("/api/v1/groups/join", {"invite": "nothing"}, format="json")
    assert refused.status_code == 404
    assert refused.content == unknown.content
    assert Invitation.objects.get().uses == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("expires_in", value) for value in (0, -1, 3_601, 3_600.5, "3600", True, [], {}, 10**30)),
        *(("uses_most", value) for value in (0, -1, 10_001, 1.5, "1", True, [], {}, 10**30)),
        ("expires_at", "2030-01-01T00:00:00Z"),
    ],
)
def test_an_end_that_cannot_be_is_refused(alice: User, group: Conversation, api: Api, field: str, value: Any) -> None:
    answer = api(alice).post(f"/api/v1/groups/{group.pk}/invitations", {field: value}, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", field)
    assert not Invitation.objects.exists()


def test_an_invitation_of_one_person_counts_no_uses(alice: User, carol: User, group: Conversation, api: Api) -> None:
    body = {"user_id": str(carol.pk), "uses_most": 2}
    answer = api(alice).post(f"/api/v1/groups/{group.pk}/invitations", body, format="json")
    assert (answer.status_code, answer.json()["field"]) == (400, "uses_most")


@pytest.mark.django_db(transaction=True)
def test_a_link_for_three_lets_exactly_three_in(alice: User, group: Conversation) -> None:
    crowd = User.objects.bulk_create(User(username=f"late{n}") for n in range(8))
    link, _ = actions.create_invitation(alice, conversation=group, uses_most=3)

    def enter(user: User) -> Callable[[], Any]:
        return lambda: actions.accept_invite(user, invite=link.invite)

    assert at_once(*map(enter, crowd)) == {"done": 3, "not_found": 5}
    assert group.memberships.filter(user__in=crowd).count() == 3
    link.refresh_from_db()
    assert link.uses == 3
