"""Asking for a new password: nobody learns from it whether an address has an account, and no mailbox is flooded."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.adapter import DELAYED
from accounts.mail import backend
from accounts.mail.models import OutgoingMail
from accounts.models import User

ASK = "/accounts/password/reset/"
KNOWN, UNKNOWN = "alice@example.org", "nobody@example.org"


def ask(email: str) -> Any:
    return Client().post(ASK, {"email": email}, follow=True)


@pytest.fixture
def queued(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail is stored, and tried by nobody."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "accounts.mail.backend.QueueBackend", "relay.example"
    monkeypatch.setattr(backend, "_begin", lambda pk: None)


def test_while_the_relay_is_down_every_address_is_answered_alike(alice: User, queued: None) -> None:
    OutgoingMail.objects.create(
        sender="a@example.org", recipients=[], source=b"", next_try_at=timezone.now(), is_relay_down=True
    )
    answers = [ask(email) for email in (KNOWN, UNKNOWN)]
    assert [DELAYED in answer.text for answer in answers] == [True, True]
    assert answers[0].text == answers[1].text


def test_whoever_asks_is_not_made_to_wait_for_the_relay(
    alice: User, queued: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a known address gets a mail: how long that takes would say that it is known."""
    waited: list[str] = []
    watched = backend.watched
    monkeypatch.setattr(backend, "watched", lambda: waited.append("waited") or watched())
    assert "Look into your mail" in ask(KNOWN).text
    assert OutgoingMail.objects.count() == 1
    assert waited == []


@pytest.mark.parametrize("spelling", [KNOWN, "ALICE@Example.org", f"  {KNOWN} "])
def test_one_mailbox_gets_so_many_mails_from_wherever_they_are_asked_for(
    alice: User, settings: Any, spelling: str
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset_by_email": "2/hour"}
    assert [ask(KNOWN).status_code for _ in range(2)] == [200, 200]
    assert ask(spelling).status_code == 429
    assert len(mail.outbox) == 2


def test_an_unknown_address_is_refused_as_soon_as_a_known_one(alice: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset_by_email": "2/hour"}
    statuses = [[ask(email).status_code for _ in range(3)] for email in (KNOWN, UNKNOWN)]
    assert statuses == [[200, 200, 429]] * 2
    assert [message.to for message in mail.outbox] == [[KNOWN]] * 2


def test_what_is_refused_leaves_the_last_link_alive(alice: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset_by_email": "1/hour"}
    ask(KNOWN)
    alice.refresh_from_db()
    sent = alice.reset_links
    assert ask(KNOWN).status_code == 429
    alice.refresh_from_db()
    assert alice.reset_links == sent == 1


@pytest.mark.parametrize("email", ["", "  ", "nobody", "nul\0@example.org"])
def test_what_is_no_address_is_an_error_beside_the_field(db: None, email: str) -> None:
    page = Client().post(ASK, {"email": email})
    assert page.status_code == 200
    assert 'id="id_email_error"' in page.text


def test_empty_forms_are_counted_for_no_mailbox(db: None, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset_by_email": "1/hour"}
    assert [Client().post(ASK, {"email": " "}).status_code for _ in range(3)] == [200] * 3


def test_one_client_asks_for_so_many_addresses(alice: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset_by_address": "2/hour"}
    asked = [Client().post(ASK, {"email": f"{n}@example.org"}, REMOTE_ADDR="192.0.2.9").status_code for n in range(3)]
    assert asked == [302, 302, 429]
    assert Client().post(ASK, {"email": KNOWN}, REMOTE_ADDR="192.0.2.10").status_code == 302
