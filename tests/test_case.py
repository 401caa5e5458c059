"""Names are found, and are the same name, whatever the case of their letters and whatever their script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Contact, User
from chatproject.sqlite.matching import like
from groups import actions
from tests.people import create_group

Api = Callable[..., APIClient]
NAMES = [
    ("Мария Иванова", "мария", "МАРИЯ", "иВ"),
    ("Özil Ünal", "özil", "ÜNAL", "o\u0308z"),
    ("Έλενα Σωτηρίου", "έλενα", "ΣΩΤΗΡΊΟΥ", "σω"),
    ("Նարեկ", "նարեկ", "ՆԱՐ", "ն"),
    ("Çağrı Ökten", "çağrı", "ÖKTEN", "ç"),
    ("Ａｎｎ Ｅ", "ａｎｎ", "Ａ", "ｅ"),
    ("Åsa Nyström", "åsa", "NYSTRÖM", "a\u030asa"),
]


@pytest.fixture
def named(make_user: Callable[..., User]) -> Callable[[str], User]:
    return lambda name: make_user("person", display_name=name)


@pytest.mark.parametrize(("name", "lower", "upper", "part"), NAMES)
def test_people_are_found(name: str, lower: str, upper: str, part: str, named: Any, alice: User, api: Api) -> None:
    user = named(name)
    group = create_group(alice, name="Climbing", members=[user])
    browser = Client()
    browser.force_login(alice)
    for words in (lower, upper, part, name):
        for address in ("/api/v1/users", f"/api/v1/groups/{group.pk}/members", "/api/v1/companions"):
            found = api(alice).get(address, {"search": words}).json()["results"]
            assert [row.get("user", row)["id"] for row in found] == [str(user.pk)], (address, words)
        assert name in browser.get("/people/", {"q": words}).text
    assert api(alice).get("/api/v1/search", {"q": f'tea from:"{name.upper()}"'}).status_code == 200


def test_one_is_found_by_the_nickname_that_one_gave(alice: User, bob: User, api: Api) -> None:
    Contact.objects.create(owner=alice, contact=bob, nickname="Боря")
    create_group(alice, name="Climbing", members=[bob])
    browser = Client()
    browser.force_login(alice)
    assert "Боря" in browser.get("/people/", {"q": "БОРЯ"}).text
    assert len(api(alice).get("/api/v1/companions", {"search": "бор"}).json()["results"]) == 1
    assert api(alice).get("/api/v1/search", {"q": "tea from:боря"}).status_code == 200


@pytest.mark.parametrize(("name", "query"), [("Ёлка", "ёлка"), ("ärzte", "ÄRZTE"), ("Ὁδός", "ὉΔΌΣ")])
def test_public_groups_are_found(name: str, query: str, alice: User, bob: User, api: Api) -> None:
    group = actions.create_group(alice, name=name, is_public=True)
    found = api(bob).get("/api/v1/groups", {"search": query})
    assert [row["id"] for row in found.json()["results"]] == [str(group.pk)]
    browser = Client()
    browser.force_login(bob)
    assert name in browser.get("/groups/", {"q": query}).text
    assert api(bob).post("/api/v1/groups/join", {"name": query}, format="json").status_code == 201


@pytest.mark.parametrize(
    ("pattern", "text", "is_like"),
    [
        ("%ария", "МАРИЯ", True),
        ("ма%", "МАРИЯ", True),
        ("ма", "МАРИЯ", False),
        ("м_р%я", "МАРИЯ", True),
        ("%", "", True),
        ("", "", True),
        ("", "a", False),
        ("%%", "a\nb", True),
        ("_", "Я", True),
        ("_", "", False),
        ("50\\%", "50%", True),
        ("50\\%", "505", False),
        ("%a\\_b%", "xA_Bx", True),
        ("%a\\_b%", "xAcBx", False),
        ("a\\\\b", "a\\b", True),
        ("a.c", "abc", False),
        ("a%c_", "abbcD", True),
        ("%STRASSE", "Hauptstraße", True),
        ("ÇAĞRI İ", "çağrı i", True),
    ],
)
def test_like_is_that_of_sql(pattern: str, text: str, is_like: bool) -> None:
    assert like(pattern, text, "\\") is is_like
