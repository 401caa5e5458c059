"""Two people with one display name are shown with their usernames, wherever their names are read."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.called import call, shared_names
from accounts.labels import bare_name, label
from accounts.models import Contact, User
from groups import actions
from tests.people import create_group

pytestmark = pytest.mark.django_db(transaction=True)

Api = Callable[..., APIClient]
BOTH = {name: label("Alice Archer", name) for name in ("alice", "archer")}


@pytest.fixture
def archer(alice: User, make_user: Callable[..., User]) -> User:
    """Honestly called as alice is."""
    return make_user("archer", display_name="alice  archer".title().replace("  ", " "))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def say(user: User, conversation_id: Any, body: str) -> None:
    form = {"key": str(uuid.uuid4()), "body": body}
    assert browser(user).post(f"/c/{conversation_id}/", form).status_code == 303


def names_in(page: str) -> list[str]:
    return re.findall(r'<div class="who"[^>]*><b dir="auto">(.*?)</b>', page)


@pytest.mark.parametrize(
    ("one", "other", "is_shared"),
    [
        *(("Ann Bell", "Ann Bell", True), ("Ann Bell", "ann bell", True), ("Jean-Luc", "Jean‑Luc", True)),
        *(("Ann Bell", "Αnn Веll", True), ("O'Brien", "O’Brien", True), ("李雷", "李雷", True), ("אבג", "אבג", True)),
        *(("Ann Bell", "Ann Ball", False), ("Ann", "Anne", False), ("", "", False), ("李雷", "韩梅梅", False)),
    ],
)
def test_names_that_look_alike_are_shared(one: str, other: str, is_shared: bool, make_user: Any) -> None:
    """Also those that were given before one could not imitate the other."""
    people = [make_user("first", display_name=one), make_user("second", display_name=other)]
    assert shared_names(people) == ({person.pk for person in people} if is_shared else set())


def test_a_display_name_that_is_a_username_is_shared_with_it(make_user: Any) -> None:
    zoe, other = make_user("zoe"), make_user("other", display_name="Zoe")
    assert shared_names([zoe, other]) == {other.pk}


def test_who_is_suspended_shares_no_name_with_others(alice: User, archer: User) -> None:
    User.objects.filter(pk=archer.pk).update(is_active=False)
    assert shared_names([alice, archer]) == {archer.pk}


def test_nicknames_are_the_users_own_words(alice: User, archer: User, bob: User, carol: User) -> None:
    Contact.objects.create(owner=bob, contact=alice, nickname="Mum")
    carol.display_name = "Mum"
    carol.save()
    called = {pk: str(one) for pk, one in call(bob, [alice, archer, carol]).items()}
    assert called == {alice.pk: "Mum", archer.pk: BOTH["archer"], carol.pk: label("Mum", "carol")}
    assert str(call(alice, [carol])[carol.pk]) == "Mum"


def test_the_timeline_names_both_in_full(alice: User, archer: User, bob: User) -> None:
    group = create_group(alice, name="Climbing", members=[archer, bob])
    for author in (alice, archer, bob):
        say(author, group.pk, f"from {author.username}")
    page = browser(bob).get(f"/c/{group.pk}/").text
    assert names_in(page) == [BOTH["alice"], BOTH["archer"]]
    assert f"<bdi>{BOTH['alice']}</bdi> added <bdi>{BOTH['archer']}</bdi>" in page
    assert f'<span class="visually-hidden" dir="auto">{BOTH["archer"]}: </span>' in page
    assert page.count('aria-hidden="true">AA</span><div class="who"') == 2
    users = browser(bob).get(f"/c/{group.pk}/page").json()["users"]
    assert {users[str(one.pk)] for one in (alice, archer)} == set(BOTH.values())
    assert users[str(bob.pk)] == "bob"


def test_an_author_alone_in_sight_is_named_in_full_too(alice: User, archer: User, bob: User) -> None:
    """Whoever imitates does not write beside whom they imitate."""
    group = create_group(archer, name="Climbing", members=[bob])
    say(archer, group.pk, "hello, it is me")
    assert names_in(browser(bob).get(f"/c/{group.pk}/").text) == [BOTH["archer"]]


def test_the_list_says_who_is_who(alice: User, archer: User, bob: User, api: Api) -> None:
    group = create_group(alice, name="Climbing", members=[archer, bob])
    say(archer, group.pk, "up")
    for person in (alice, archer):
        actions.open_direct(bob, person)
    page = browser(bob).get("/c/").text
    for person in ("alice", "archer"):
        name = f'<span class="own-name">Alice Archer</span> <span class="at-name" dir="ltr">(@{person})</span></b>'
        assert page.count(name) == 1
    assert f"<bdi>{BOTH['archer']}</bdi>: <bdi>up</bdi>" in page
    rows = api(bob).get("/api/v1/conversations").json()["results"]
    directs = sorted((row["name"], row["other_username"]) for row in rows if row["kind"] == "direct")
    assert directs == [("Alice Archer", "alice"), ("Alice Archer", "archer")]
    assert "other_username" not in next(row for row in rows if row["kind"] == "group")


def test_who_has_a_name_alone_is_shown_by_it(alice: User, bob: User, api: Api) -> None:
    actions.open_direct(bob, alice)
    [row] = api(bob).get("/api/v1/conversations").json()["results"]
    assert (row["name"], row.get("other_username")) == ("Alice Archer", None)
    page = browser(bob).get("/c/").text
    assert '<b dir="auto">Alice Archer</b>' in page
    assert "at-name" not in page


def test_lists_of_people_say_whose_name_is_shared(alice: User, archer: User, bob: User, api: Api) -> None:
    group = create_group(alice, name="Climbing", members=[archer, bob])
    client = api(bob)
    ids = ",".join(str(one.pk) for one in (alice, archer, bob))
    for path in (f"users?ids={ids}", "users?search=a", "companions"):
        people = client.get(f"/api/v1/{path}").json()["results"]
        shared = {person["username"] for person in people if person.get("is_name_shared")}
        assert shared == {"alice", "archer"}, path
        assert all(person.get("is_name_shared", True) for person in people)
    members = client.get(f"/api/v1/groups/{group.pk}/members").json()["results"]
    assert [member["user"].get("is_name_shared") for member in members] == [True, True, None]


def test_pages_around_the_chat_name_both_in_full(alice: User, archer: User, bob: User) -> None:
    group = create_group(alice, name="Climbing", members=[archer, bob])
    say(archer, group.pk, "a needle")
    reader = browser(bob)
    assert f"{BOTH['archer']} wrote 1 message" in reader.get(f"/c/{group.pk}/missed/?since=1").text
    assert BOTH["archer"] in reader.get("/search/?q=needle").text
    for path in (f"/groups/{group.pk}/", "/people/?q=archer"):
        page = reader.get(path).text
        assert "@archer" in page
        assert "@alice" in page


def test_many_names_cost_no_more_than_one(alice: User, archer: User, bob: User, make_user: Any) -> None:
    others = [make_user(f"other{number}", display_name="Alice Archer") for number in range(20)]
    spent = []
    for people in ([alice], [alice, archer, *others]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            call(bob, people)
        spent.append(len(queries))
    assert spent == [2, 2]


def test_a_label_begins_with_its_name() -> None:
    assert bare_name(label("Ann (@x)", "ann")) == "Ann (@x)"
    assert bare_name("Ann") == label("Ann", "") == "Ann"
