"""One row for each address of accounts' and groups' pages: who gets what. An address without a row fails."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from accounts import actions as account_actions
from accounts.models import User
from accounts.tokens import create_token
from accounts.urls import page_urls as account_pages
from groups import actions
from groups.models import Conversation, Invitation
from groups.urls import page_urls as group_pages
from tests.pages.conftest import Browser
from tests.people import add_member

pytestmark = pytest.mark.django_db

EVERYONE = ("carol", "bob", "dave", "alice")  # outsider, member, admin, owner
STRANGERS_TOO = {
    "landing", "account_login", "account_logout", "account_signup", "account_inactive", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done",
    "first_admin", "account_confirm_address", "account_confirm_email",
}  # fmt: skip
ALLAUTH = {*STRANGERS_TOO, "account_reauthenticate"}
OK, MOVED, FORBIDDEN, ABSENT = 200, 302, 403, 404


@dataclass
class Row:
    """What GET and POST answer to carol, bob, dave and alice; None where the method is refused."""

    get: tuple[int, ...] | None
    post: tuple[int, ...] | None
    about: tuple[str, ...] = ()
    data: dict[str, str] | None = None


def alike(status: int) -> tuple[int, ...]:
    return (status,) * 4


MODERATORS = (ABSENT, FORBIDDEN, OK, OK)
MODERATORS_POST = (ABSENT, FORBIDDEN, MOVED, MOVED)
MEMBERS = (ABSENT, OK, OK, OK)

ROWS = {
    "people": Row(alike(OK), None),
    "person": Row(alike(OK), None, ("erin",)),
    "keep_contact": Row(None, alike(MOVED), ("erin",)),
    "remove_contact": Row(None, alike(MOVED), ("erin",)),
    "block": Row(alike(OK), alike(MOVED), ("erin",)),
    "unblock": Row(None, alike(ABSENT), ("erin",)),
    "open_direct": Row(None, alike(MOVED), ("erin",)),
    "settings": Row(alike(OK), alike(OK)),
    "send_email_link": Row(None, alike(MOVED)),
    "cancel_email": Row(None, alike(MOVED)),
    "status": Row(alike(OK), alike(OK)),
    "privacy": Row(alike(OK), alike(OK)),
    "account_change_password": Row(alike(OK), alike(OK)),
    "attention_settings": Row(alike(OK), alike(MOVED)),
    "sessions": Row(alike(OK), None),
    "end_session": Row(None, alike(ABSENT), ("nothing",)),
    "end_other_sessions": Row(None, alike(MOVED)),
    "tokens": Row(alike(OK), alike(OK)),
    "delete_token": Row(alike(ABSENT), alike(ABSENT), ("token_of_erin",)),
    "blocked": Row(alike(OK), None),
    "groups": Row(alike(OK), None),
    "new_group": Row(alike(OK), alike(OK)),
    "new_channel": Row(alike(OK), alike(OK)),
    "group": Row(MEMBERS, None, ("group",)),
    "join_group": Row(None, (ABSENT, MOVED, MOVED, MOVED), ("group",)),
    "edit_group": Row(MODERATORS, MODERATORS, ("group",), {"name": ""}),
    "leave_group": Row(MEMBERS, (ABSENT, MOVED, MOVED, MOVED), ("group",)),
    "delete_group": Row((ABSENT, FORBIDDEN, FORBIDDEN, OK), (ABSENT, FORBIDDEN, FORBIDDEN, MOVED), ("group",)),
    "add_members": Row(MODERATORS, None, ("group",)),
    "add_member": Row(None, MODERATORS_POST, ("group", "erin")),
    "invite_person": Row(None, MODERATORS_POST, ("group", "erin")),
    "remove_member": Row(MODERATORS, MODERATORS_POST, ("group", "frank")),
    "change_role": Row(None, (ABSENT, FORBIDDEN, FORBIDDEN, MOVED), ("group", "frank"), {"role": "admin"}),
    "hand_over": Row((ABSENT, FORBIDDEN, FORBIDDEN, OK), (ABSENT, FORBIDDEN, FORBIDDEN, MOVED), ("group", "frank")),
    "ban_user": Row(MODERATORS, MODERATORS_POST, ("group", "frank")),
    "bans": Row(MODERATORS, None, ("group",)),
    "lift_ban": Row(None, MODERATORS_POST, ("group", "grace")),
    "invitations": Row(MODERATORS, None, ("group",)),
    "new_link": Row(None, MODERATORS_POST, ("group",), {"expires_in": "day"}),
    "revoke_invitation": Row(MODERATORS, MODERATORS_POST, ("group", "link")),
    "accept_invitation": Row(None, alike(ABSENT), ("invitation_of_erin",)),
    "decline_invitation": Row(None, alike(ABSENT), ("invitation_of_erin",)),
    "join": Row((OK, MOVED, MOVED, MOVED), alike(MOVED), ("invite",)),
}


@pytest.fixture
def cast(alice: User, bob: User, carol: User, make_user: Callable[..., User], group: Conversation) -> dict[str, Any]:
    """Everyone and everything an address may name."""
    dave, erin, frank, grace = (make_user(name) for name in ("dave", "erin", "frank", "grace"))
    for user in (dave, frank):
        add_member(alice, conversation=group, user=user)
    actions.change_role(alice, conversation=group, user=dave, role="admin")
    link, _ = actions.create_invitation(alice, conversation=group)
    invitation, _ = actions.create_invitation(alice, conversation=group, invitee=erin)
    actions.ban_user(alice, conversation=group, user=grace)
    people = {user.username: user for user in (alice, bob, carol, dave, erin, frank, grace)}
    named = {name: user.pk for name, user in people.items()}
    token, _ = create_token(erin, name="hers")
    things = {"group": group.pk, "link": link.pk, "invite": link.invite, "invitation_of_erin": invitation.pk}
    return {"people": people, "ids": {**named, **things, "nothing": "abc", "token_of_erin": token.public_id}}


def address(name: str, cast: dict[str, Any]) -> str:
    return reverse(name, args=[cast["ids"][about] for about in ROWS[name].about])


def named_pages() -> set[str]:
    return {str(url.name) for url in (*account_pages, *group_pages) if isinstance(url, URLPattern)}


def test_every_page_has_a_row() -> None:
    assert named_pages() == ALLAUTH | set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_stranger_signs_in_first_and_comes_back(name: str, cast: dict[str, Any]) -> None:
    path = address(name, cast)
    page = Client().get(path)
    if name == "join":  # which says first who invites to what
        assert f"/accounts/login/?next={path}" in page.text
    else:
        assert page["Location"] == f"/accounts/login/?next={path}"
    came_from = Client().post(path, headers={"referer": "http://testserver/groups/?q=1"})
    assert came_from["Location"] == "/accounts/login/?next=/groups/%3Fq%3D1"


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize(("seat", "who"), list(enumerate(EVERYONE)))
def test_each_role_gets_what_is_theirs(name: str, seat: int, who: str, cast: dict[str, Any], browser: Browser) -> None:
    row, client, path = ROWS[name], browser(cast["people"][who]), address(name, cast)
    for method, expected in (("get", row.get), ("post", row.post)):
        answer = getattr(client, method)(path, row.data or {})
        assert (method, answer.status_code) == (method, expected[seat] if expected else 405)
        if not expected:
            assert method.upper() not in answer["Allow"]
        assert_clean(answer)


@pytest.mark.parametrize("name", ROWS)
def test_other_methods_are_refused(name: str, cast: dict[str, Any], browser: Browser, alice: User) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(browser(alice), method)(address(name, cast)).status_code == 405


@pytest.mark.parametrize("name", [name for name in ROWS if ROWS[name].about])
def test_what_is_absent_looks_like_what_is_not_ours(
    name: str, cast: dict[str, Any], browser: Browser, carol: User
) -> None:
    absent = {key: uuid.uuid4() for key in cast["ids"]} | {"invite": "nothing", "token_of_erin": "a", "nothing": "b"}
    path = reverse(name, args=[absent[about] for about in ROWS[name].about])
    method = "get" if ROWS[name].get else "post"
    client = browser(carol)
    answer = getattr(client, method)(path)
    assert answer.status_code == 404
    foreign = getattr(client, method)(address(name, cast))
    if foreign.status_code == 404:
        assert foreign.text == answer.text


def test_a_form_without_its_csrf_token_is_refused_on_a_page_of_ours(alice: User, group: Conversation) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post(reverse("delete_group", args=[group.pk]))
    assert answer.status_code == 403
    assert "Please try again" in answer.text
    assert Conversation.objects.filter(pk=group.pk).exists()


@pytest.mark.parametrize("query", ["%00", "%ff", "x" * 500, "%F0%9F%8C%88", "'%22%3E%3Cscript%3E", "%25_"])
@pytest.mark.parametrize("path", ["/people/", "/groups/", "/groups/?show=mine"])
def test_whatever_is_searched_for_a_page_answers(path: str, query: str, browser: Browser, alice: User) -> None:
    answer = browser(alice).get(f"{path}{'&' if '?' in path else '?'}q={query}&page={query}")
    assert answer.status_code == 200
    assert_clean(answer)


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "last", "1e3", ""])
def test_a_page_number_that_cannot_be_shows_the_nearest(number: str, browser: Browser, alice: User) -> None:
    assert browser(alice).get(f"/groups/?page={number}").status_code == 200


def assert_clean(answer: Any) -> None:
    """Nothing inline that the content policy would stop (data is none of it), and one heading that names the page."""
    if answer.status_code in (301, 302):
        return
    data = r'(?![^>]*(?:\bsrc=|type="application/json"))'
    assert not re.search(rf"<script{data}[^>]*>|<style|\sstyle=|\son[a-z]+=", answer.text)
    assert answer.text.count("<h1") == 1
    assert "css/tokens" in answer.text


@pytest.mark.parametrize(
    "next", ["abc", "group", "http://[", "//[", "/\r\nX: y", "\0", "https://example.net/", "/\\x.net"]
)
def test_whatever_next_says_one_stays_here(next: str, browser: Browser, alice: User, bob: User) -> None:
    path = reverse("keep_contact", args=[bob.pk])
    answer = browser(alice).post(path, {"next": next})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith(("//", "/\\"))
    assert browser(alice).get(reverse("block", args=[bob.pk]), {"next": next}).status_code == 200


@pytest.mark.parametrize("referer", ["http://[", "http://example.net/x", "", "http://testserver.example.net/"])
def test_a_strangers_form_leads_to_sign_in_wherever_it_came_from(referer: str, db: None) -> None:
    answer = Client().post("/settings/", headers={"referer": referer})
    assert answer["Location"] == "/accounts/login/?next=/c/"


def test_a_body_that_is_too_large_is_refused_on_a_page_of_ours(browser: Browser, alice: User) -> None:
    answer = browser(alice).post("/groups/new/", {"name": "x" * 3_000_000})
    assert answer.status_code == 400
    assert_clean(answer)


def test_too_many_pages_in_a_minute_are_refused_with_the_time_to_wait(
    browser: Browser, alice: User, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api_by_user": "3/minute"}
    client = browser(alice)
    answers = [client.get("/people/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert_clean(answers[-1])


def test_a_long_list_takes_no_more_queries_than_a_short_one(
    browser: Browser, alice: User, make_user: Callable[..., User], django_assert_max_num_queries: Any
) -> None:
    group = actions.create_group(alice, name="Crowd", is_public=True)
    for number in range(25):
        user = make_user(f"walker{number}")
        add_member(alice, conversation=group, user=user)
        account_actions.add_contact(alice, contact=user)
        actions.create_group(user, name=f"Walk {number}", is_public=True)
    client = browser(alice)
    for path in (f"/groups/{group.pk}/", "/groups/", "/people/", "/people/?q=walker", "/groups/new/"):
        with django_assert_max_num_queries(21):
            assert client.get(path).status_code == 200


def test_nobody_but_the_invited_sees_an_invitation(browser: Browser, cast: dict[str, Any]) -> None:
    invitation = Invitation.objects.get(pk=cast["ids"]["invitation_of_erin"])
    path = reverse("join", args=[invitation.invite])
    assert browser(cast["people"]["carol"]).get(path).status_code == 404
    assert browser(cast["people"]["erin"]).get(path).status_code == 200
