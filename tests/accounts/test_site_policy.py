"""Who may sign up and who finds whom, as the site's policy says: the same for pages and REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Contact, User
from accounts.policy import SitePolicy
from groups import actions
from tests.accounts.rest import code
from tests.conftest import PASSWORD
from tests.people import create_group

Api = Callable[..., APIClient]
SIGNUP = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}
FORM = {"username": "dora", "email": "dora@example.org", "password1": PASSWORD}


def decide(**policy: str) -> None:
    SitePolicy.objects.update_or_create(pk=1, defaults=policy)


def test_a_closed_site_takes_nobody(alice: User, api: Api, client: Client) -> None:
    group = actions.create_group(alice, name="Climbing")
    invite = actions.create_invitation(alice, conversation=group)[0].invite
    decide(registration="closed")
    for more in ({}, {"invite": invite}):
        assert code(api().post("/api/v1/signup", {**SIGNUP, **more}, format="json")) == (403, "registration_closed")
    assert "Sign-up is closed" in client.get("/accounts/signup/").text
    assert "Sign-up is closed" in client.post("/accounts/signup/", {**FORM, "next": f"/join/{invite}/"}).text
    assert not User.objects.filter(username="dora").exists()


def test_a_link_into_a_group_opens_the_registration(alice: User, carol: User, api: Api, client: Client) -> None:
    group = actions.create_group(alice, name="Climbing")
    invite = actions.create_invitation(alice, conversation=group)[0].invite
    personal = actions.create_invitation(alice, conversation=group, invitee=carol)[0].invite
    decide(registration="invited")
    for wrong in ({}, {"invite": "nonsense"}, {"invite": personal}):
        assert code(api().post("/api/v1/signup", {**SIGNUP, **wrong}, format="json")) == (403, "invite_needed")
    for address in ("/accounts/signup/", f"/accounts/signup/?next=/join/{personal}/"):
        assert "Sign-up is by invitation" in client.get(address).text
    assert "Sign-up is by invitation" in client.post("/accounts/signup/", FORM).text
    assert not User.objects.filter(username="dora").exists()
    page = client.get(f"/join/{invite}/").text
    assert "Climbing" in page
    assert "Alice Archer" in page
    assert f"/accounts/signup/?next=/join/{invite}/" in page
    shown = client.get(f"/accounts/signup/?next=/join/{invite}/").text
    assert f'name="next" value="/join/{invite}/"' in shown
    answer = client.post("/accounts/signup/", {**FORM, "next": f"/join/{invite}/"})
    assert answer["Location"] == f"/join/{invite}/"
    assert "Join Climbing" in client.get(f"/join/{invite}/").text
    other = {**SIGNUP, "username": "erin", "email": "erin@example.org", "invite": invite}
    assert api().post("/api/v1/signup", other, format="json").status_code == 201


def test_a_link_that_is_over_shows_strangers_nothing(alice: User, client: Client) -> None:
    group = actions.create_group(alice, name="Climbing")
    link = actions.create_invitation(alice, conversation=group)[0]
    actions.revoke_invitation(alice, invitation=link)
    answer = client.get(f"/join/{link.invite}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("directory", "partial", "exact"),
    [("everyone", True, True), ("groups", False, False), ("exact", False, True)],
)
def test_a_stranger_is_found_as_far_as_the_site_allows(
    directory: str, partial: bool, exact: bool, alice: User, carol: User, api: Api, client: Client
) -> None:
    decide(directory=directory)
    client.force_login(alice)
    group = actions.create_group(alice, name="Climbing")
    for text, is_found in (("caro", partial), ("carol", exact)):
        found = api(alice).get(f"/api/v1/users?search={text}").json()["results"]
        assert [person["username"] for person in found] == (["carol"] if is_found else [])
        assert (f"/people/{carol.pk}/" in client.get(f"/people/?q={text}").text) == is_found
        assert (f"/people/{carol.pk}/" in client.get(f"/groups/{group.pk}/add/?q={text}").text) == is_found
    listed = {person["username"] for person in api(alice).get("/api/v1/users").json()["results"]}
    assert listed == ({"alice", "carol"} if directory == "everyone" else {"alice"})


@pytest.mark.parametrize(("directory", "companion"), [("groups", ["bob"]), ("exact", [])])
def test_companions_and_contacts(
    directory: str, companion: list[str], alice: User, bob: User, carol: User, api: Api
) -> None:
    create_group(alice, name="Climbing", members=[bob])
    Contact.objects.create(owner=alice, contact=carol)
    decide(directory=directory)
    client = api(alice)
    for text, found in (("bo", companion), ("caro", ["carol"])):
        results = client.get(f"/api/v1/users?search={text}").json()["results"]
        assert [person["username"] for person in results] == found


@pytest.mark.parametrize(
    ("directory", "words"),
    [
        ("everyone", "Part of a name is enough."),
        ("groups", "people with whom you share a conversation, are found here"),
        ("exact", "type the whole username"),
    ],
)
def test_who_finds_nobody_reads_what_is_looked_for(directory: str, words: str, alice: User, client: Client) -> None:
    decide(directory=directory)
    client.force_login(alice)
    shown = client.get("/people/?q=nobody").text
    assert words in shown
    assert ("Part of a name" in shown) == (directory == "everyone")
    assert ('placeholder="Search people by username"' in client.get("/people/").text) == (directory == "exact")


def test_an_administrator_decides_in_the_admin(make_user: Any, client: Client, api: Api) -> None:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    policy = {"registration": "closed", "domains": "", "directory": "exact", "additions": "groups"}
    assert client.post("/admin/accounts/sitepolicy/add/", policy).status_code == 302
    assert SitePolicy.current().registration == "closed"
    assert client.get("/admin/accounts/sitepolicy/add/").status_code == 403
    assert code(api().post("/api/v1/signup", SIGNUP, format="json")) == (403, "registration_closed")
