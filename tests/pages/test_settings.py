"""A user's own account: profile, password, sessions, tokens."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client

from accounts.access import session_id_of, sessions_of
from accounts.models import Token, User
from accounts.tokens import create_token
from accounts.user_agents import describe
from tests.conftest import PASSWORD
from tests.pages.conftest import Browser

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
NEW_TOKEN = {"name": "My script", "days": "30", "password": PASSWORD}


def signed_in(user: User, user_agent: str = CHROME) -> Client:
    client = Client(headers={"user-agent": user_agent})
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    client.get("/settings/")
    return client


def test_the_display_name_is_changed_without_a_password(browser: Browser, alice: User) -> None:
    answer = browser(alice).post("/settings/", {"display_name": "Alix", "email": alice.email})
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert alice.name == "Alix"


@pytest.mark.parametrize("password", ["", "wrong"])
def test_the_address_is_changed_only_with_the_password(password: str, browser: Browser, alice: User) -> None:
    wanted = {"display_name": "Alix", "email": "new@example.org"}
    page = browser(alice).post("/settings/", {**wanted, "password": password})
    assert 'id="id_password_error"' in page.text
    assert "new@example.org" in page.text
    browser(alice).post("/settings/", {**wanted, "password": PASSWORD})
    alice.refresh_from_db()
    assert (alice.email, alice.email_pending) == ("alice@example.org", "new@example.org")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", "x" * 65),
        ("display_name", "\u202eecila"),
        ("display_name", "nul\0"),
        ("email", "nobody"),
        ("email", ""),
    ],
)
def test_a_profile_that_cannot_be_comes_back_with_the_error_beside_its_field(
    field: str, value: str, browser: Browser, alice: User, bob: User
) -> None:
    sent = {"display_name": "Alix", "email": alice.email, "password": PASSWORD, field: value}
    page = browser(alice).post("/settings/", sent)
    assert page.status_code == 200
    assert f'id="id_{field}_error"' in page.text
    assert "Alice Archer" in page.text
    alice.refresh_from_db()
    assert (alice.name, alice.email) == ("Alice Archer", "alice@example.org")


def test_a_new_password_ends_what_the_old_one_opened_but_for_this_session(alice: User) -> None:
    here, there = signed_in(alice), signed_in(alice, IPHONE)
    create_token(alice, name="script")
    answer = here.post("/settings/password/", {"oldpassword": PASSWORD, "password1": "another-horse-8"})
    assert answer.status_code == 302
    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 302
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("oldpassword", {"oldpassword": "wrong", "password1": "another-horse-8"}),
        ("password1", {"oldpassword": PASSWORD, "password1": "short"}),
        ("password1", {"oldpassword": PASSWORD, "password1": "x" * 257}),
    ],
)
def test_a_password_that_cannot_be_is_refused_beside_its_field(
    field: str, sent: dict[str, str], browser: Browser, alice: User
) -> None:
    page = browser(alice).post("/settings/password/", sent)
    assert page.status_code == 200
    assert f'id="id_{field}_error"' in page.text


def test_an_account_without_a_password_gets_one_by_mail(browser: Browser, alice: User) -> None:
    alice.set_unusable_password()
    User.objects.filter(pk=alice.pk).update(password=alice.password)
    assert "Your account has no password yet" in browser(alice).get("/settings/password/").text


def test_sessions_are_listed_with_this_one_marked_and_the_others_ended_one_by_one(alice: User) -> None:
    here, there = signed_in(alice), signed_in(alice, IPHONE)
    page = here.get("/settings/sessions/").text
    assert re.search(r"Chrome on Linux\s*<span[^>]*>this one", page)
    assert "Safari on iPhone" in page
    other = next(session for session in sessions_of(alice) if "iPhone" in session.user_agent)
    assert other.session_key not in page
    here.post(f"/settings/sessions/{session_id_of(other)}/end/")
    assert there.get("/settings/").status_code == 302
    assert here.get("/settings/").status_code == 200


def test_everywhere_else_is_signed_out_at_once(alice: User) -> None:
    here, others = signed_in(alice), [signed_in(alice, IPHONE), signed_in(alice)]
    here.post("/settings/sessions/end-others/")
    assert [client.get("/settings/").status_code for client in (here, *others)] == [200, 302, 302]


def test_another_users_session_cannot_be_ended(alice: User, bob: User) -> None:
    here, theirs = signed_in(bob), signed_in(alice)
    session = sessions_of(alice)[0]
    assert here.post(f"/settings/sessions/{session_id_of(session)}/end/").status_code == 404
    assert theirs.get("/settings/").status_code == 200


def test_what_quiet_hours_need_is_not_called_optional(browser: Browser, alice: User) -> None:
    client = browser(alice)
    assert "(optional)" not in client.get("/settings/attention/").content.decode()
    answer = client.post("/settings/attention/", {"is_on": "on", "begins": "", "ends": "07:00", "time_zone": "UTC"})
    assert "This is needed for quiet hours." in answer.content.decode()


def test_a_token_is_shown_once_and_works(browser: Browser, alice: User) -> None:
    client = browser(alice)
    page = client.post("/settings/tokens/", {**NEW_TOKEN, "form_key": str(uuid.uuid4())})
    secret = re.search(r'value="(parley_[^"]+)"', page.text)
    assert secret
    assert "no-store" in page["Cache-Control"]
    assert secret.group(1) not in client.get("/settings/tokens/").text
    assert "My script" in client.get("/settings/tokens/").text


def test_the_same_form_sent_twice_makes_one_token(browser: Browser, alice: User) -> None:
    client, form = (
        browser(alice),
        {**NEW_TOKEN, "form_key": str(uuid.uuid4())},
    )
    client.post("/settings/tokens/", form)
    assert client.post("/settings/tokens/", form).status_code == 302
    assert Token.objects.count() == 1


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("name", "x" * 65), ("days", "0"), ("days", "many")])
def test_a_token_that_cannot_be_is_refused_beside_its_field(
    field: str, value: str, browser: Browser, alice: User
) -> None:
    page = browser(alice).post("/settings/tokens/", {**NEW_TOKEN, field: value})
    assert page.status_code == 200
    assert f'id="id_{field}_error"' in page.text
    assert not Token.objects.exists()


def test_revoking_a_token_asks_once_and_names_it(browser: Browser, alice: User) -> None:
    token, _ = create_token(alice, name="My script")
    path = f"/settings/tokens/{token.public_id}/revoke/"
    assert "Revoke My script?" in browser(alice).get(path).text
    browser(alice).post(path)
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [(CHROME, "Chrome on Linux"), (IPHONE, "Safari on iPhone"), ("curl/8", "Another program"), ("", "Another program")],
)
def test_a_browser_is_called_what_people_call_it(user_agent: str, words: str) -> None:
    assert describe(user_agent) == words
