"""An e-mail address counts once it is confirmed; until then it is nobody's, and nobody learns whose it is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from accounts import actions
from accounts.errors import EmailTakenError, LinkEndedError
from accounts.models import User
from accounts.pending_email import access_link, confirm_email
from accounts.policy import SitePolicy
from tests.accounts.rest import Api, code
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PROOF = {"current_password": PASSWORD}
FREE, TAKEN = "free@example.org", "alice@example.org"


@pytest.fixture(autouse=True)
def no_resets_yet() -> Iterator[None]:
    """Allauth counts asked resets in the cache, which outlives a test."""
    yield
    cache.clear()


def mails_to(email: str) -> list[str]:
    return [f"{message.subject}\n{message.body}" for message in mail.outbox if message.to == [email]]


def link_to(email: str) -> str:
    found = re.search(r"http://testserver(/accounts/confirm-email/\S+/)", mails_to(email)[-1])
    assert found, mails_to(email)
    return found.group(1)


def sign_up(api: Api, username: str, email: str) -> Any:
    body = {"username": username, "email": email, "password": PASSWORD}
    return api().post("/api/v1/signup", body, format="json")


def move(api: Api, user: User, email: str) -> Any:
    return api(user).patch("/api/v1/me", {"email": email, **PROOF}, format="json")


def sign_in(name: str, password: str = PASSWORD) -> int:
    body = {"username": name, "password": password}
    return APIClient().post("/api/v1/login", body, format="json").status_code


def stored(user: User) -> tuple[str, str]:
    return User.objects.values_list("email", "email_pending").get(pk=user.pk)


def test_an_address_that_is_occupied_goes_to_whoever_reads_its_mail(api: Api) -> None:
    """mallory signs up with the address of somebody who comes later."""
    mallory = sign_up(api, "mallory", "Ann@example.org").json()["user"]
    assert (mallory["email"], mallory["email_pending"]) == ("", "Ann@example.org")
    assert sign_in("ann@example.org") == 401
    ann = sign_up(api, "ann", "ann@example.org")
    assert ann.status_code == 201
    assert Client().post(link_to("ann@example.org")).status_code == 302
    assert stored(User.objects.get(username="ann")) == ("ann@example.org", "")
    assert sign_in("ANN@example.org") == 200
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": "ann@example.org"})
    assert len(mail.outbox) == 1
    assert "ann," in mail.outbox[0].body
    assert stored(User.objects.get(username="mallory")) == ("", "Ann@example.org")


def test_the_link_of_whoever_came_first_is_refused_clearly(api: Api) -> None:
    sign_up(api, "mallory", "ann@example.org")
    first = link_to("ann@example.org")
    sign_up(api, "ann", "ann@example.org")
    Client().post(link_to("ann@example.org"))
    for answer in (Client().get(first), Client().post(first)):
        assert answer.status_code == 409
        assert "This address has an account" in answer.text
    assert stored(User.objects.get(username="mallory"))[0] == ""


def without(answer: Any, *own: str) -> str:
    """The answer but for what the request itself named, and for what is new in each answer."""
    text = str(answer.text)
    for word in own:
        text = text.replace(word, "")
    text = re.sub(r'"(id|created_at|token)":"[^"]+"|csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r'<span class="face.*?</span>|<script id="parley-seed".*?</script>', "", text, flags=re.DOTALL)


def test_no_answer_of_rest_says_whether_an_address_is_taken(alice: User, bob: User, api: Api) -> None:
    new = [(sign_up(api, name, email), name, email) for name, email in (("dora", FREE), ("erin", TAKEN))]
    moved = [(move(api, bob, email), email) for email in (FREE, TAKEN)]
    for (one, *own), (other, *others) in (new, moved):
        assert one.status_code == other.status_code
        assert without(one, *own) == without(other, *others)


def test_no_page_says_whether_an_address_is_taken(alice: User) -> None:
    seen = []
    for name, email in (("dora", FREE), ("erin", "Alice@example.org")):
        browser = Client()
        form = {"username": name, "email": email, "password1": PASSWORD}
        assert browser.post("/accounts/signup/", form)["Location"] == "/"
        pages = [browser.get("/settings/")]
        pages.append(browser.post("/settings/email/send/", follow=True))
        proposed = {"display_name": "", "email": email, "password": PASSWORD}
        pages.append(browser.post("/settings/", proposed, follow=True))
        seen.append([without(page, name, email, email.lower()) for page in pages])
    assert "We sent a link to" in seen[0][0]
    assert seen[0] == seen[1]


def test_the_owner_is_informed_and_gets_no_link(alice: User, bob: User, api: Api) -> None:
    sign_up(api, "mallory", TAKEN)
    move(api, bob, TAKEN)
    assert len(mails_to(TAKEN)) == 2
    for text in mails_to(TAKEN):
        assert "already have an account" in text
        assert "/accounts/password/reset/" in text
        assert "confirm-email" not in text


def test_an_older_link_dies_with_the_newer(alice: User, api: Api) -> None:
    move(api, alice, "one@example.org")
    older = link_to("one@example.org")
    move(api, alice, "two@example.org")
    assert "This link does not work" in Client().get(older).text
    move(api, alice, "one@example.org")
    assert Client().post(older).status_code == 404
    assert stored(alice) == ("alice@example.org", "one@example.org")
    newer = link_to("one@example.org")
    assert Client().post(newer).status_code == 302
    assert stored(alice) == ("one@example.org", "")
    assert Client().post(newer).status_code == 404


def test_a_new_password_ends_the_link_that_a_thief_asked_for(alice: User, api: Api) -> None:
    move(api, alice, "thief@example.net")
    link = link_to("thief@example.net")
    alice.refresh_from_db()
    actions.change_password(alice, new="another horse entirely")
    assert Client().post(link).status_code == 404
    assert stored(alice)[0] == "alice@example.org"


def test_an_address_that_staff_write_ends_what_waited(make_user: Callable[..., User], alice: User, api: Api) -> None:
    move(api, alice, "thief@example.net")
    link, browser = link_to("thief@example.net"), Client()
    browser.force_login(make_user("root", is_staff=True, is_superuser=True))
    form = {"username": "alice", "display_name": "", "email": "right@example.org", "status": "", "added_by": "groups"}
    assert browser.post(reverse("admin:accounts_user_change", args=[alice.pk]), form).status_code == 302
    assert stored(alice) == ("right@example.org", "")
    assert Client().post(link).status_code == 404


def test_an_address_that_staff_write_meanwhile_stays(alice: User, api: Api) -> None:
    move(api, alice, "thief@example.net")
    looked = access_link(link_to("thief@example.net").split("/")[3])
    User.objects.filter(pk=alice.pk).update(email="right@example.org")
    with pytest.raises(LinkEndedError):
        confirm_email(looked)
    assert stored(alice)[0] == "right@example.org"


def costs(send: Callable[[], Any]) -> tuple[int, list[str]]:
    """Mails, and how each query begins."""
    before = len(mail.outbox)
    with CaptureQueriesContext(connection) as seen:
        assert send().status_code in (200, 201)
    return len(mail.outbox) - before, [
        re.sub(r"_x\d+|\d{5,}", "", query["sql"][:40]) for query in seen.captured_queries
    ]


def test_a_taken_address_costs_what_a_free_one_does(alice: User, bob: User, api: Api) -> None:
    """So that no answer takes longer for one of them."""
    signed_up = [costs(lambda it=it: sign_up(api, *it)) for it in (("dora", FREE), ("erin", TAKEN))]  # type: ignore[misc]
    assert signed_up[0] == signed_up[1]
    moved = [costs(lambda it=it: move(api, bob, it)) for it in (FREE, TAKEN)]  # type: ignore[misc]
    assert moved[0] == moved[1]


def test_it_ends_after_a_day_and_with_cancelling(
    alice: User, api: Api, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(api, alice, "one@example.org")
    link, now = link_to("one@example.org"), time.time()
    with monkeypatch.context() as later:
        later.setattr("django.core.signing.time.time", lambda: now + 24 * 3600 + 2)
        assert client.post(link).status_code == 404
    client.force_login(alice)
    client.post("/settings/email/cancel/")
    assert stored(alice) == ("alice@example.org", "")
    assert client.post(link).status_code == 404


@pytest.mark.parametrize("key", ["nonsense", "x" * 3000, "WyJhIiwxXQ:1:x", "\u202e", "%00"])
def test_what_is_no_link_is_refused(client: Client, key: str) -> None:
    for answer in (client.get(f"/accounts/confirm-email/{key}/"), client.post(f"/accounts/confirm-email/{key}/")):
        assert answer.status_code == 404
        assert "css/tokens" in answer.text


def test_opening_the_link_changes_nothing_and_its_button_does(alice: User, api: Api) -> None:
    move(api, alice, "new@example.org")
    link = link_to("new@example.org")
    page = Client().get(link)
    assert "@alice" in page.text
    assert page["Cache-Control"].startswith("max-age=0")
    assert stored(alice) == ("alice@example.org", "new@example.org")
    assert Client(enforce_csrf_checks=True).post(link).status_code == 403
    answer = Client().post(link, follow=True)
    assert answer.redirect_chain == [("/accounts/login/", 302)]
    assert "new@example.org is confirmed" in answer.text


def test_the_old_address_stays_in_force_and_is_informed_afterwards(alice: User, api: Api) -> None:
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)
    move(api, alice, "new@example.org")
    assert not mails_to("alice@example.org")
    assert (sign_in("alice@example.org"), sign_in("new@example.org")) == (200, 401)
    Client().post(link_to("new@example.org"))
    assert "new@example.org" in mails_to("alice@example.org")[0]
    assert (sign_in("alice@example.org"), sign_in("new@example.org")) == (401, 200)
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": "alice@example.org"})
    assert not mail.outbox


def test_no_new_password_is_sent_to_a_pending_address(alice: User, api: Api) -> None:
    sign_up(api, "dora", "dora@example.org")
    move(api, alice, "new@example.org")
    mail.outbox.clear()
    for email in ("dora@example.org", "new@example.org"):
        Client().post("/accounts/password/reset/", {"email": email})
    assert not mail.outbox


def test_what_was_stored_before_is_confirmed(alice: User, api: Api) -> None:
    """As the version before made them: the address, and allauth's row, not verified."""
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)
    assert sign_in("Alice@Example.org") == 200
    me = api(alice).get("/api/v1/me").json()
    assert (me["email"], me["email_pending"]) == ("alice@example.org", None)
    Client().post("/accounts/password/reset/", {"email": "alice@example.org"})
    assert len(mails_to("alice@example.org")) == 1


def test_of_two_who_confirm_the_same_the_later_is_refused(alice: User, bob: User) -> None:
    for user in (alice, bob):
        actions.change_profile(user, email="one@example.org")
    keys = re.findall(r"confirm-email/(\S+)/", "\n".join(mails_to("one@example.org")))
    both = [access_link(key) for key in keys]  # each has looked before either confirms
    confirm_email(both[0])
    with pytest.raises(EmailTakenError):
        confirm_email(both[1])
    assert stored(bob) == ("bob@example.org", "one@example.org")
    with pytest.raises(LinkEndedError):
        confirm_email(access_link(keys[0]))


def test_one_address_gets_so_many_mails_and_sign_up_goes_on(alice: User, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "confirmation_by_address": "2/hour"}
    statuses = [sign_up(api, f"dora-{number}", FREE).status_code for number in range(4)]
    assert statuses == [201] * 4
    assert len(mails_to(FREE)) == 2
    assert code(move(api, alice, FREE)) == (429, "rate_limited")
    assert stored(alice) == ("alice@example.org", "")


def test_one_account_mails_few_addresses(alice: User, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "confirmation_by_address": "2/hour"}
    statuses = [move(api, alice, f"{number}@example.org").status_code for number in range(3)]
    assert statuses == [200, 200, 429]


def test_nobody_leaves_the_domains_of_the_site(alice: User, api: Api, client: Client) -> None:
    move(api, alice, "alice@example.net")
    link = link_to("alice@example.net")
    SitePolicy.objects.create(pk=1, registration="domains", domains="example.org")
    answer = move(api, alice, "other@example.net")
    assert (*code(answer), answer.json()["field"]) == (403, "domain_refused", "email")
    assert client.post(link).status_code == 403
    client.force_login(alice)
    page = client.post("/settings/", {"display_name": "", "email": "other@example.net", "password": PASSWORD})
    assert 'id="id_email_error"' in page.text
    assert move(api, alice, "alice2@example.org").status_code == 200
    assert stored(alice) == ("alice@example.org", "alice2@example.org")


def test_a_signed_confirmation_counts_at_once(api: Api) -> None:
    SitePolicy.objects.create(pk=1, registration="domains", domains="example.org")
    api().post("/api/v1/signup/confirmation", {"email": "dora@example.org"}, format="json")
    found = re.search(r"confirmation=(\S+)", mails_to("dora@example.org")[0])
    assert found
    wanted = {"username": "dora", "email": "dora@example.org", "password": PASSWORD, "confirmation": unquote(found[1])}
    me = api().post("/api/v1/signup", wanted, format="json").json()["user"]
    assert (me["email"], me["email_pending"]) == ("dora@example.org", None)
    assert len(mail.outbox) == 1
    again = api().post("/api/v1/signup", {**wanted, "username": "dora2"}, format="json")
    assert code(again) == (409, "email_taken")


def test_without_a_confirmed_address_the_profile_is_still_saved(api: Api, client: Client) -> None:
    sign_up(api, "dora", FREE)
    client.force_login(User.objects.get(username="dora"))
    assert client.post("/settings/", {"display_name": "Dora", "email": ""}).status_code == 302
    page = client.get("/settings/").text
    assert "Send again" in page
    assert "Cancel" in page
    client.post("/settings/email/send/")
    assert len(mails_to(FREE)) == 2
    client.post("/settings/email/cancel/")
    assert "No email address waits" in client.post("/settings/email/send/", follow=True).text
    assert len(mails_to(FREE)) == 2


def act(browser: Client, user: User) -> Any:
    chosen = {"action": "confirm_email", "_selected_action": [str(user.pk)]}
    return browser.post(reverse("admin:accounts_user_changelist"), chosen, follow=True)


def test_staff_confirm_by_hand(make_user: Callable[..., User], alice: User, bob: User, client: Client) -> None:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    actions.change_profile(alice, email="new@example.org")
    found = client.get(reverse("admin:accounts_user_changelist"), {"q": "new@example"}).text
    assert "1 user" in found
    assert "1 confirmed" in act(client, alice).text
    assert stored(alice) == ("new@example.org", "")
    assert "No email address waits" in act(client, alice).text
    actions.change_profile(bob, email="new@example.org")
    assert "An account with this e-mail address exists" in act(client, bob).text
    assert stored(bob) == ("bob@example.org", "new@example.org")


def test_what_staff_write_counts_at_once_and_the_old_one_no_more(
    make_user: Callable[..., User], alice: User, client: Client
) -> None:
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    form = {"username": "alice", "display_name": "", "email": "new@example.org", "status": "", "added_by": "groups"}
    assert client.post(reverse("admin:accounts_user_change", args=[alice.pk]), form).status_code == 302
    assert (sign_in("new@example.org"), sign_in("alice@example.org")) == (200, 401)
    Client().post("/accounts/password/reset/", {"email": "alice@example.org"})
    assert not mail.outbox
