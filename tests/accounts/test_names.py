"""Nobody passes for another person, for a role or for the site: usernames, display names, names of public groups."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import disarm
import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.lookalikes import looks_like, skeleton
from accounts.models import User
from groups import actions
from groups.models import Conversation

Api = Callable[..., APIClient]
PASSWORD = "correct horse battery"
KEY_SCHEMA_VERSION = 10


def sign_up(api: Api, username: str, **fields: str) -> Any:
    body = {"username": username, "email": f"{len(username)}@example.org", "password": PASSWORD, **fields}
    return api().post("/api/v1/signup", body, format="json")


def refusal(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["code"], answer.json()["field"]


@pytest.mark.parametrize(
    "username",
    [
        *(
            "ann.",
            "ann-",
            "ann_",
            "ann...",
            "all.",
            "admin.",
            "a.d.m.i.n",
            "ad-min",
            "adm1n",
            "Adrnin",
            "AdmIn",
            "admln",
        ),
        *("parIey", "Par1ey", "parley-support", "the.admin", "Support-Team", "he1p", "a11", "h.ere", "everyb0dy"),
    ],
)
@pytest.mark.django_db
def test_no_username_ends_in_punctuation_or_imitates_a_reserved_one(username: str, api: Api) -> None:
    assert refusal(sign_up(api, username)) == (400, "invalid", "username")
    page = Client().post(
        "/accounts/signup/", {"username": username, "email": "a@example.org", "password1": PASSWORD, "display_name": ""}
    )
    assert page.status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["ali", "ALI", "annie", "al1ce", "m.b", "r2-d2", "siteadmin9", "alIce"])
@pytest.mark.django_db
def test_other_usernames_are_free(username: str, api: Api) -> None:
    assert sign_up(api, username).status_code == 201


@pytest.mark.parametrize(
    ("username", "taken"), [("bi11", "bill"), ("BiIl", "bill"), ("b0b", "bob"), ("Iana", "lana"), ("tirn", "tim")]
)
def test_a_username_that_looks_like_another_is_taken(username: str, taken: str, make_user: Any, api: Api) -> None:
    make_user(taken)
    assert refusal(sign_up(api, username)) == (409, "username_taken", "username")


def test_who_has_such_a_name_keeps_it_and_signs_in(make_user: Any, api: Api) -> None:
    user = make_user("ann.", display_name="Admin")
    signed_in = api().post("/api/v1/login", {"username": "ann.", "password": PASSWORD}, format="json")
    assert signed_in.status_code == 200
    kept = api(user).patch("/api/v1/me", {"display_name": "Admin", "status": "away"}, format="json")
    assert (kept.status_code, kept.json()["display_name"]) == (200, "Admin")


IMITATIONS = [
    *("admin", "Administrator", "Parley", "PARLEY", "Pаrley", "Ρarley", "Ｐarley", "Par1ey", "аdmin", "ádmin", "adm1n"),
    *("A d m i n", "P.a.r.l.e.y", "The Parley Team", "Parley Support", "support-team", "Moderators", "⒜dmin", "𝐀𝐝𝐦𝐢𝐧"),
    *("@all", "＠all", "@here", "@аll", "all", "Everyone", "@everybody", "Official Parley", "Acme", "Acmе support"),
    *("@alice", "@аlice", "Аlice Archer", "AIice Archer", "Alice Arсher", "аlice", "a1ice"),
    *(
        "Al\u200bice",
        "Alice\u2060",
        "Al\u00adice",
        "Alice\u3164",
        "Ali\u115fce",
        "x\U000e0041",
        "\ue000",
        "Ali\u034fce",
    ),
]


@pytest.mark.parametrize("name", IMITATIONS)
def test_no_display_name_imitates(name: str, alice: User, bob: User, api: Api, settings: Any) -> None:
    settings.RESERVED_NAMES = ["Acme"]
    changed = api(bob).patch("/api/v1/me", {"display_name": name}, format="json")
    assert refusal(changed) == (400, "invalid", "display_name")
    assert refusal(sign_up(api, "newcomer", display_name=name)) == (400, "invalid", "display_name")
    browser = Client()
    browser.force_login(bob)
    assert browser.post("/settings/", {"display_name": name, "email": bob.email}).status_code == 200
    form = {"username": "newcomer", "email": "a@example.org", "password1": PASSWORD, "display_name": name}
    assert Client().post("/accounts/signup/", form).status_code == 200
    assert User.objects.get(pk=bob.pk).display_name == ""
    assert not User.objects.filter(username="newcomer").exists()


ROLES_ELSEWHERE = [
    *(
        "админ",
        "Админ",
        "Администратор",
        "МОДЕРАТОР",
        "aдмин",
        "管理者",
        "管理员",
        "管理員",
        "版主",
        "公式",
        "運営 チーム",
        "モデレーター",
    ),
    *("Administrateur", "Moderateur", "MODÉRATRICE", "Administradora", "Moderador", "Administração", "Administracao"),
    *("Amministratore", "Kundendienst", "Administratorin", "Obsługa klienta", "Soporte Técnico", "Adminіstrador"),
    *("المدير", "الإدارة", "الادارة", "مدير الموقع", "الدَّعم"),
]


@pytest.mark.parametrize("name", ROLES_ELSEWHERE)
def test_no_name_is_that_of_a_role_in_another_language(name: str, alice: User, bob: User, api: Api) -> None:
    changed = api(bob).patch("/api/v1/me", {"display_name": name}, format="json")
    assert refusal(changed) == (400, "invalid", "display_name")
    made = api(bob).post("/api/v1/groups", {"name": name, "is_public": True}, format="json")
    assert refusal(made) == (400, "invalid", "name")


@pytest.mark.parametrize("username", ["administrador", "Moderador", "m0derateur", "kundendienst"])
@pytest.mark.django_db
def test_no_username_is_a_role_in_another_language(username: str, api: Api) -> None:
    assert refusal(sign_up(api, username)) == (400, "invalid", "username")


@pytest.mark.parametrize(
    "name", ["Админа Петрова", "Ann Moderador", "مشرف", "管理", "公", "El Soporte Feliz", "Modera"]
)
def test_a_name_that_only_contains_such_a_word_is_free(name: str, bob: User, api: Api) -> None:
    assert api(bob).patch("/api/v1/me", {"display_name": name}, format="json").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Alice Archer",
            "alice archer",
            "Alice  Archer",
            "Alice",
            "Ali",
            "Allan",
            "Bob",
            "Ann Admin-Smith",
            "Parley Smith",
        ),
        *("Мария", "Οδυσσέας", "山田太郎", "मीना", "می\u200cخواهم", "family 👨‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Ann", "O’Brien", "Hereward"),
    ],
)
def test_honest_names_are_free(name: str, alice: User, bob: User, api: Api) -> None:
    changed = api(bob).patch("/api/v1/me", {"display_name": name}, format="json")
    assert (changed.status_code, changed.json()["display_name"]) == (200, " ".join(name.split()))


def test_honest_spellings_of_one_name_are_free(make_user: Any, bob: User, api: Api) -> None:
    make_user("carl", display_name="Jean-Luc O'Brien")
    for name in ("Jean‑Luc O’Brien", "JEAN-LUC O'BRIEN", "Jean-Luc  O´Brien"):
        assert api(bob).patch("/api/v1/me", {"display_name": name}, format="json").status_code == 200, name
    assert api(bob).patch("/api/v1/me", {"display_name": "Jеan-Luc O'Brien"}, format="json").status_code == 400


def test_staff_may_be_called_what_they_are(make_user: Any, api: Api) -> None:
    admin = make_user("boss", is_staff=True)
    assert api(admin).patch("/api/v1/me", {"display_name": "Admin"}, format="json").status_code == 200
    assert actions.create_group(admin, name="Support", is_public=True).name == "Support"


@pytest.mark.parametrize(
    "name", ["Parley", "Раrley", "Admin", "Support team", "@all", "@here", "@alice", "аlice", "Аlice Archer"]
)
def test_no_public_group_imitates(name: str, alice: User, bob: User, api: Api) -> None:
    body = {"name": name, "is_public": True}
    assert refusal(api(bob).post("/api/v1/groups", body, format="json")) == (400, "invalid", "name")
    group = actions.create_group(bob, name=name)
    changed = api(bob).patch(f"/api/v1/groups/{group.pk}", {"is_public": True}, format="json")
    assert refusal(changed) == (400, "invalid", "name")
    both = api(bob).patch(f"/api/v1/groups/{group.pk}", {"is_public": True, "name": "Books"}, format="json")
    assert both.status_code == 200
    assert refusal(api(bob).patch(f"/api/v1/groups/{group.pk}", {"name": name}, format="json"))[0] == 400
    again = api(bob).patch(f"/api/v1/groups/{group.pk}", {"is_public": False, "name": name}, format="json")
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        *(
            ("ёлка", "Ёлка"),
            ("ÄRZTE", "ärzte"),
            ("Lоbby", "Lobby"),
            ("LOBBY  x", "Lobby x"),
            ("Lobby\u00a0x", "Lobby x"),
        ),
        *(("Ｌobby", "Lobby"), ("L0bby", "Lobby"), ("ΣΟΦΟΣ", "σοφός".replace("ό", "ο")), ("Straße", "STRASSE")),
    ],
)
def test_public_names_are_unique(name: str, taken: str, alice: User, bob: User, api: Api) -> None:
    actions.create_group(alice, name=taken, is_public=True)
    body = {"name": name, "is_public": True}
    assert refusal(api(bob).post("/api/v1/groups", body, format="json")) == (409, "name_taken", "name")
    assert api(bob).post("/api/v1/groups", {"name": name}, format="json").status_code == 201


@pytest.mark.parametrize("character", ["\u200b", "\u00ad", "\u2060", "\u3164", "\u2800", "\u180e"])
def test_no_group_has_a_name_with_something_invisible(character: str, alice: User, api: Api) -> None:
    actions.create_group(alice, name="Lobby", is_public=True)
    body = {"name": f"Lob{character}by", "is_public": True}
    assert refusal(api(alice).post("/api/v1/groups", body, format="json")) == (400, "invalid", "name")


def test_groups_that_share_a_name_from_before_keep_it(alice: User, api: Api) -> None:
    one = actions.create_group(alice, name="Lobby", is_public=True)
    two = Conversation.objects.create(kind="group", name="L\u043ebby", is_public=True)
    two.memberships.create(user=alice, role="owner")
    for group in (one, two):
        changed = api(alice).patch(f"/api/v1/groups/{group.pk}", {"description": "Trees"}, format="json")
        assert changed.status_code == 200


def test_staff_give_no_such_name_in_the_admin(make_user: Any, alice: User) -> None:
    boss = make_user("boss", is_staff=True, is_superuser=True)
    old = make_user("old.", display_name="Support")
    admin = Client()
    admin.force_login(boss)
    power = {"is_active": "on", "status": "", "quiet_from": ""}

    def change(user: User, **fields: str) -> Any:
        form = {"username": user.username, "display_name": user.display_name, "email": user.email, **power, **fields}
        return admin.post(f"/admin/accounts/user/{user.pk}/change/", form)

    assert change(old, email="new@example.org").status_code == 302
    assert "ends with a letter" in change(alice, username="alice.").text
    assert "looks just like" in change(old, display_name="Аlice Archer").text
    assert change(alice, username="Alice").status_code == 302
    new = {"username": "admin.", "email": "", "display_name": "", "password1": PASSWORD, "password2": PASSWORD}
    added = admin.post("/admin/accounts/user/add/", {**new, "usable_password": "true"})
    assert "ends with a letter" in added.text


@pytest.mark.django_db(transaction=True)
def test_a_name_that_is_taken_while_staff_give_it_is_refused(
    make_user: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody signs up between the form's look and the row."""
    boss, admin = make_user("boss", is_staff=True, is_superuser=True), Client()
    admin.force_login(boss)
    answers = iter([False])
    monkeypatch.setattr("accounts.names._looks_like_one", lambda *_: next(answers, True))
    form = {"username": "alina", "display_name": alice.display_name, "email": alice.email, "is_active": "on"}
    shown = admin.post(
        f"/admin/accounts/user/{alice.pk}/change/", {**form, "status": "", "quiet_from": ""}, follow=True
    )
    assert "This username is taken." in shown.text
    assert User.objects.filter(username="alice").exists()


def test_names_from_before_are_found_after_the_migration(alice: User, bob: User, group: Conversation) -> None:
    User.objects.update(username_skeleton="", display_skeleton="")
    Conversation.objects.update(name_skeleton="")
    for app in ("accounts.migrations.0006_name_skeletons", "groups.migrations.0007_name_skeletons"):
        import_module(app).fill(apps, SimpleNamespace(connection=connection))
    alice.refresh_from_db()
    group.refresh_from_db()
    assert (alice.username_skeleton, alice.display_skeleton) == (skeleton("alice"), skeleton("Alice Archer"))
    assert group.name_skeleton == skeleton(group.name)


def test_stored_skeletons_are_those_of_this_version_of_the_package() -> None:
    """Another version of the keys needs a migration that fills them anew."""
    assert disarm.KEY_SCHEMA_VERSION == KEY_SCHEMA_VERSION


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        *(("paypal", "paypaI", True), ("paypal", "раураl", True), ("PAYPAL", "paypal", True), ("ALI", "all", False)),
        *(
            ("Ali", "all", False),
            ("AlI", "All", True),
            ("barn", "bam", True),
            ("がき", "かき", False),
        ),
    ],
)
def test_what_looks_alike(one: str, other: str, is_alike: bool) -> None:
    assert looks_like(one, other) is looks_like(other, one) is is_alike
