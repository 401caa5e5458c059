"""The pages before one is signed in: landing, sign-up, sign-in, sign-out, a forgotten password."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from tests.conftest import PASSWORD
from tests.pages.conftest import STRANGERS_PAGES

pytestmark = pytest.mark.django_db

SIGN_UP = {"username": "dora", "display_name": "Dora Díaz", "email": "dora@example.org", "password1": PASSWORD}


def test_a_stranger_is_told_what_parley_is(client: Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert reverse("account_signup") in page.text
    assert reverse("account_login") in page.text


def test_a_user_is_led_from_the_landing_page_to_their_conversations(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/")["Location"] == "/c/"


def test_signing_up_signs_in_and_keeps_the_display_name(client: Client) -> None:
    answer = client.post(reverse("account_signup"), SIGN_UP)
    assert answer.status_code == 302
    assert User.objects.get(username="dora").name == "Dora Díaz"
    assert client.session["_auth_user_id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""),
        ("username", "ALICE"),
        ("username", "two words"),
        ("username", "a" * 65),
        ("username", "nul\0"),
        ("display_name", "x" * 65),
        ("display_name", "\u202ereversed"),
        ("email", "nobody"),
        ("password1", "short7"),
        ("password1", "password"),
        ("password1", "12345678901"),
    ],
)
def test_a_sign_up_that_cannot_be_comes_back_with_the_error_beside_its_field(
    client: Client, alice: User, field: str, value: str
) -> None:
    page = client.post(reverse("account_signup"), {**SIGN_UP, field: value})
    assert page.status_code == 200
    assert f'id="id_{field}_error"' in page.text
    assert "Dora Díaz" in page.text or field == "display_name"
    assert PASSWORD not in page.text
    assert not User.objects.filter(username="dora").exists()


def test_a_name_taken_at_the_same_moment_is_an_error_beside_its_field(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.adapter.AccountAdapter.clean_username", lambda self, name, shallow=False: name)
    page = client.post(reverse("account_signup"), {**SIGN_UP, "username": "ALICE"})
    assert page.status_code == 200
    assert 'id="id_username_error"' in page.text
    assert "dora@example.org" in page.text


def test_the_suspended_are_told_so_and_stay_outside(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    page = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD}, follow=True)
    assert "This account is suspended" in page.text
    assert "_auth_user_id" not in client.session


def test_too_many_tries_are_answered_in_words(client: Client, alice: User) -> None:
    for _ in range(11):
        page = client.post("/accounts/login/", {"login": "alice", "password": "wrong-password"})
    assert page.status_code in (200, 429)
    assert "Too many failed login attempts" in page.text


def test_only_oneself_confirms_it_is_oneself(client: Client, alice: User) -> None:
    assert client.get("/accounts/reauthenticate/")["Location"].startswith("/accounts/login/?next=")
    client.force_login(alice)
    assert "Confirm it is you" in client.get("/accounts/reauthenticate/").text
    assert "id_password_error" in client.post("/accounts/reauthenticate/", {"password": "wrong"}).text


def test_signing_in_leads_to_where_one_wanted_to_go(client: Client, alice: User) -> None:
    page = client.get("/accounts/login/?next=/join/abc/")
    assert 'name="next" value="/join/abc/"' in page.text
    assert "/accounts/signup/?next=%2Fjoin%2Fabc%2F" in page.text
    answer = client.post("/accounts/login/", {"login": "Alice", "password": PASSWORD, "next": "/join/abc/"})
    assert answer["Location"] == "/join/abc/"


def test_signing_in_never_leads_to_another_site(client: Client, alice: User) -> None:
    answer = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD, "next": "https://example.net/"})
    assert answer["Location"] == "/"


def test_a_wrong_password_and_an_unknown_user_look_the_same(client: Client, alice: User) -> None:
    answers = [
        client.post("/accounts/login/", {"login": login, "password": "wrong-password"}) for login in ("alice", "nobody")
    ]
    errors = [re.search(r'class="form-errors".*?</div>', answer.text, re.DOTALL) for answer in answers]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert errors[0]
    assert errors[1]
    assert errors[0].group() == errors[1].group()


def test_signing_out_asks_first(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "Sign out?" in client.get("/accounts/logout/").text
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_replaced_by_mail_once(client: Client, alice: User) -> None:
    assert client.post("/accounts/password/reset/", {"email": "alice@example.org"}).status_code == 302
    assert mail.outbox[0].subject == "Parley: Choose a new password"
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link.group(1), follow=True)
    address = form.redirect_chain[-1][0]
    assert client.post(address, {"password1": "short"}).status_code == 200
    assert client.post(address, {"password1": "another-horse-8"}).status_code == 302
    assert User.objects.get(pk=alice.pk).check_password("another-horse-8")
    assert "This link no longer works" in Client().get(link.group(1), follow=True).text


def test_an_unknown_address_is_answered_like_a_known_one(client: Client, alice: User) -> None:
    known = client.post("/accounts/password/reset/", {"email": "alice@example.org"}, follow=True)
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert [message.to for message in mail.outbox] == [["alice@example.org"]]


def test_a_newer_link_for_a_new_password_ends_the_older_one(client: Client, alice: User) -> None:
    for _ in range(2):
        client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    older, newer = (re.search(r"http://testserver(\S+)", str(message.body)) for message in mail.outbox)
    assert older
    assert newer
    assert "This link no longer works" in Client().get(older.group(1), follow=True).text
    assert "Choose a new password" in Client().get(newer.group(1), follow=True).text


def test_a_forged_host_gets_no_mail_sent(client: Client, alice: User) -> None:
    answer = client.post("/accounts/password/reset/", {"email": alice.email}, headers={"host": "example.net"})
    assert answer.status_code == 400
    assert "css/tokens" in answer.text
    assert not mail.outbox


def test_a_fault_of_ours_is_said_on_a_page_of_ours(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*about: object, **more: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("accounts.views.landing.render", fail)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "planted" not in answer.text


@pytest.mark.parametrize("name", ["account_email", "account_set_password", "account_email_verification_sent"])
def test_what_we_do_not_offer_has_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("path", STRANGERS_PAGES)
def test_every_page_for_strangers_is_ours_and_says_its_name(client: Client, path: str) -> None:
    page = client.get(path)
    assert "css/tokens" in page.text
    assert re.search(r"<title>[^<]+Parley|<title>Parley", page.text)
    assert page.text.count("<h1") == 1
