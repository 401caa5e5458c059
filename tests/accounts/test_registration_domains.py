"""Registration for confirmed addresses of given domains: the address first, then the account."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.test import Client
from rest_framework.test import APIClient

from accounts import actions
from accounts.models import User
from accounts.policy import SitePolicy
from tests.accounts.rest import code
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

Api = Callable[..., APIClient]
SIGNUP = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}
FORM = {"username": "dora", "email": "dora@example.org", "password1": PASSWORD}
ASK = "/api/v1/signup/confirmation"


@pytest.fixture(autouse=True)
def domains_only(db: None) -> None:
    SitePolicy.objects.create(pk=1, registration="domains", domains="example.org, @Mail.Example.org")


def mailed_link() -> str:
    found = re.search(r"http://testserver(/accounts/signup/\?\S+)", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def confirmation_for(email: str) -> str:
    assert APIClient().post(ASK, {"email": email}, format="json").status_code == 204
    assert mail.outbox[-1].to == [email.lower()]
    return parse_qs(urlsplit(mailed_link()).query)["confirmation"][0]


def test_nobody_signs_up_without_a_confirmed_address(client: Client, api: Api) -> None:
    for more in ({}, {"confirmation": "nonsense"}, {"invite": "x"}):
        assert code(api().post("/api/v1/signup", {**SIGNUP, **more}, format="json")) == (403, "email_unconfirmed")
    assert client.get("/accounts/signup/")["Location"] == "/accounts/signup/address/"
    assert client.post("/accounts/signup/", FORM)["Location"] == "/accounts/signup/address/"
    assert not User.objects.exists()


def test_the_mailed_link_leads_to_the_account(client: Client) -> None:
    assert "example.org, mail.example.org" in client.get("/accounts/signup/address/").text
    page = client.post("/accounts/signup/address/", {"email": "Dora@Example.org", "next": "/join/abc/"})
    assert "Look into your mail" in page.text
    link = mailed_link()
    shown = client.get(link).text
    assert 'value="dora@example.org"' in shown
    hidden = dict(re.findall(r'name="(confirmation|next)" value="([^"]+)"', shown))
    assert hidden["next"] == "/join/abc/"
    assert client.post("/accounts/signup/", {**FORM, **hidden})["Location"] == "/join/abc/"
    assert User.objects.get(username="dora").email == "dora@example.org"


def test_a_program_signs_up_with_the_confirmation(api: Api) -> None:
    confirmation = confirmation_for("Dora@mail.example.org")
    wanted = {**SIGNUP, "email": "dora@mail.example.org", "confirmation": confirmation}
    assert api().post("/api/v1/signup", wanted, format="json").status_code == 201


def test_it_confirms_no_other_address(client: Client, api: Api) -> None:
    confirmation = confirmation_for("dora@example.org")
    other = {"email": "erin@example.org", "confirmation": confirmation}
    assert code(api().post("/api/v1/signup", {**SIGNUP, **other}, format="json")) == (403, "email_unconfirmed")
    assert "Sign-up is closed" in client.post("/accounts/signup/", {**FORM, **other}).text
    assert not User.objects.exists()


def test_it_ends_after_a_day_and_with_its_domain(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {**SIGNUP, "confirmation": confirmation_for("dora@example.org")}
    now = time.time()
    with monkeypatch.context() as later:
        later.setattr("django.core.signing.time.time", lambda: now + 24 * 3600 + 2)
        assert code(api().post("/api/v1/signup", wanted, format="json")) == (403, "email_unconfirmed")
    SitePolicy.objects.update(domains="example.net")
    assert code(api().post("/api/v1/signup", wanted, format="json")) == (403, "domain_refused")


@pytest.mark.parametrize(
    "email", ["dora@example.net", "dora@sub.example.org", "dora@example.org.evil.example", "dora@notexample.org"]
)
def test_other_domains_get_no_mail(client: Client, api: Api, email: str) -> None:
    assert code(api().post(ASK, {"email": email}, format="json")) == (403, "domain_refused")
    assert "cannot sign up here" in client.post("/accounts/signup/address/", {"email": email}).text
    assert not mail.outbox


def test_an_address_with_an_account_is_answered_alike_and_its_owner_informed(client: Client, api: Api) -> None:
    actions.sign_up(**SIGNUP, is_email_confirmed=True)
    answers = [api().post(ASK, {"email": f"{name}@example.org"}, format="json") for name in ("Dora", "erin")]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert [message.to for message in mail.outbox] == [["dora@example.org"], ["erin@example.org"]]
    assert "already" in mail.outbox[0].subject
    assert "confirmation=" not in mail.outbox[0].body
    pages = [client.post("/accounts/signup/address/", {"email": f"{name}@example.org"}) for name in ("dora", "erin")]
    assert pages[0].text == pages[1].text


def test_one_address_gets_so_many_mails(client: Client, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "confirmation_by_address": "2/hour"}
    statuses = [api().post(ASK, {"email": "dora@example.org"}, format="json").status_code for _ in range(3)]
    assert statuses == [204, 204, 429]
    assert client.post("/accounts/signup/address/", {"email": "DORA@example.org"}).status_code == 429
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(
    ("registration", "refused"),
    [("open", (409, "conflict")), ("closed", (403, "registration_closed")), ("invited", (403, "invite_needed"))],
)
def test_where_nobody_needs_it_nothing_is_sent(
    client: Client, api: Api, registration: str, refused: tuple[int, str]
) -> None:
    SitePolicy.objects.update(registration=registration)
    assert code(api().post(ASK, {"email": "dora@example.org"}, format="json")) == refused
    assert client.get("/accounts/signup/address/")["Location"] == "/accounts/signup/"
    assert not mail.outbox


def test_the_admin_wants_domains_with_it(make_user: Callable[..., User], client: Client) -> None:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    policy = {"registration": "domains", "domains": " , ", "directory": "everyone", "additions": "contacts"}
    assert "Name the domains" in client.post("/admin/accounts/sitepolicy/1/change/", policy).text
    saved = client.post("/admin/accounts/sitepolicy/1/change/", {**policy, "domains": "Example.net"})
    assert saved.status_code == 302
    assert SitePolicy.current().domain_list == ["example.net"]
