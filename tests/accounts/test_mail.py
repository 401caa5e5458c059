"""Mail to a real relay: over TLS or without, and what becomes of it while the relay does not take it."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import httpx
import pytest
import trustme
from aiosmtpd.controller import Controller
from django.core.mail import EmailMessage

from accounts.mail import backend, delivery
from accounts.mail.models import OutgoingMail
from tests.live import LiveServer
from tests.live_process import free_port

DEADLINE_SECONDS = 20.0
# What a page may take while the relay is silent: the patience of two seconds, and a busy machine.
PAGE_SECONDS = 6.0
DELAYED = "Mail cannot be sent at the moment."
ADDRESS = "127.0.0.1"


class Inbox:
    """What a relay has taken."""

    def __init__(self) -> None:
        self.mails: queue.Queue[Message] = queue.Queue()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.put(message_from_bytes(envelope.content))
        return "250 OK"

    def next(self) -> Message:
        return self.mails.get(timeout=DEADLINE_SECONDS)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def context_of(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(ADDRESS).configure_cert(context)
    return context


@contextlib.contextmanager
def relay(inbox: Inbox, security: str, authority: trustme.CA, port: int | None = None) -> Iterator[int]:
    options: dict[str, Any] = {}
    if security == "tls":
        options = {"ssl_context": context_of(authority)}
    elif security == "starttls":
        options = {"tls_context": context_of(authority), "require_starttls": True}
    controller = Controller(inbox, hostname=ADDRESS, port=port or free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Takes connections and never says a word, as a relay that waits for TLS."""
    with socket.socket() as listener:
        listener.bind((ADDRESS, 0))
        listener.listen()
        yield listener.getsockname()[1]


@contextlib.contextmanager
def serving(folder: Path, port: int, security: str, authority: trustme.CA) -> Iterator[LiveServer]:
    pem = folder / "authority.pem"
    authority.cert_pem.write_to_path(pem)
    server = LiveServer(
        folder,
        PARLEY_SMTP_HOST=ADDRESS,
        PARLEY_SMTP_PORT=str(port),
        PARLEY_SMTP_SECURITY=security,
        SSL_CERT_FILE=str(pem),
    )
    server.prepare()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def ask_for_password(server: LiveServer, email: str) -> str:
    """The page that follows; it must come soon."""
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=30) as browser:
        browser.get("/accounts/password/reset/").raise_for_status()
        form = {"email": email, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        began = time.monotonic()
        answer = browser.post("/accounts/password/reset/", data=form)
        took = time.monotonic() - began
    assert answer.status_code == 200, answer.text
    assert took < PAGE_SECONDS
    return answer.text


def wait_for_failure(server: LiveServer) -> None:
    """Until a worker has written that the relay took no mail."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while "a mail waits for the relay" not in server.log.read_text():
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.05)  # polls what cannot call back


@pytest.mark.server
@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_mail_is_sent_as_the_relay_wants_it(tmp_path: Path, authority: trustme.CA, security: str) -> None:
    inbox = Inbox()
    with relay(inbox, security, authority) as port, serving(tmp_path, port, security, authority) as server:
        server.manage("shell", "-c", MAKE_ALICE)
        page = ask_for_password(server, "alice@example.org")
        mail = inbox.next()
    assert mail["To"] == "alice@example.org"
    assert "/accounts/password/reset/key/" in mail.as_string()
    assert DELAYED not in page
    assert server.troubles() == []


@pytest.mark.server
@pytest.mark.parametrize("fault", ["closed", "silent", "plain", "untrusted", "tls"])
def test_while_the_relay_fails_the_page_says_so_and_comes_soon(
    tmp_path: Path, authority: trustme.CA, fault: str
) -> None:
    inbox = Inbox()
    relays: dict[str, Callable[[], contextlib.AbstractContextManager[int]]] = {
        "closed": lambda: contextlib.nullcontext(free_port()),
        "silent": silent,
        "plain": lambda: relay(inbox, "none", authority),
        "untrusted": lambda: relay(inbox, "starttls", trustme.CA()),
        "tls": lambda: relay(inbox, "tls", authority),
    }
    with relays[fault]() as port, serving(tmp_path, port, "starttls", authority) as server:
        server.manage("shell", "-c", MAKE_ALICE)
        ask_for_password(server, "alice@example.org")
        wait_for_failure(server)
        assert [DELAYED in ask_for_password(server, f"{name}@example.org") for name in ("alice", "nobody")] == [
            True
        ] * 2
    assert inbox.mails.empty()
    assert not any("Traceback" in line for line in server.log.read_text().splitlines())


@pytest.mark.server
def test_what_waits_outlives_the_worker_and_goes_once_the_relay_is_back(tmp_path: Path, authority: trustme.CA) -> None:
    inbox, port = Inbox(), free_port()
    with serving(tmp_path, port, "none", authority) as server:
        server.manage("shell", "-c", MAKE_ALICE)
        ask_for_password(server, "alice@example.org")
        wait_for_failure(server)
        server.kill()
        server.manage("shell", "-c", MAKE_DUE)
        with relay(inbox, "none", authority, port):
            server.start()
            assert httpx.get(f"{server.url}/livez").status_code == 200, "housekeeping starts with the first request"
            assert inbox.next()["To"] == "alice@example.org"
            assert DELAYED not in ask_for_password(server, "alice@example.org")
            inbox.next()
    assert inbox.mails.empty()


MAKE_ALICE = """
from accounts.models import User
User.objects.create_user("alice", "alice@example.org", "correct horse battery")
"""
MAKE_DUE = """
from django.utils import timezone
from accounts.mail.models import OutgoingMail
assert OutgoingMail.objects.filter(is_relay_down=True).update(next_try_at=timezone.now()) == 1
"""


# --- what is decided about one mail


@pytest.fixture
def waiting(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> OutgoingMail:
    """Stored, and leased to the test."""
    settings.RELAY_BACKEND, settings.EMAIL_HOST = "tests.accounts.test_mail.Relay", "relay.example"
    monkeypatch.setattr(backend, "_begin", lambda pk: None)
    mail = EmailMessage("Hello", "Text", "parley@example.org", ["Zoé <zoe@example.org>"])
    assert backend.QueueBackend().send_messages([mail]) == 1
    return OutgoingMail.objects.get()


class Relay:
    """Raises what the test wants."""

    error: Exception | None = None
    taken: list[tuple[str, list[str], bytes]] = []

    def __init__(self, **options: Any) -> None:
        pass

    def send_messages(self, messages: list[Any]) -> int:
        if Relay.error:
            raise Relay.error
        Relay.taken += [(one.from_email, one.recipients(), one.message().as_bytes(linesep="\r\n")) for one in messages]
        return len(messages)


@pytest.fixture(autouse=True)
def no_relay_yet() -> None:
    Relay.error, Relay.taken = None, []


def test_what_the_relay_takes_is_forgotten(waiting: OutgoingMail) -> None:
    assert delivery.deliver(waiting.pk)
    [(sender, recipients, source)] = Relay.taken
    assert sender == "parley@example.org"
    assert recipients == ["=?utf-8?q?Zo=C3=A9?= <zoe@example.org>"]
    assert source.count(b"Message-ID:") == 1
    assert not OutgoingMail.objects.exists()
    assert delivery.deliver(waiting.pk), "somebody else has sent it"


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), SMTPServerDisconnected("gone")])
def test_a_relay_that_fails_is_tried_less_and_less_often(
    waiting: OutgoingMail, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    Relay.error, pauses = error, []
    for _ in range(8):
        assert not delivery.deliver(waiting.pk)
        waiting.refresh_from_db()
        pauses.append(round((waiting.next_try_at - waiting.created_at).total_seconds()))
    assert pauses == sorted(pauses)
    assert pauses[0] == 30
    assert pauses[-1] in (900, 901, 902)
    assert delivery.is_relay_down()
    assert len(caplog.records) == 1


def test_a_mail_is_given_up_after_a_day_and_the_log_says_so(
    waiting: OutgoingMail, caplog: pytest.LogCaptureFixture
) -> None:
    Relay.error = TimeoutError("timed out")
    long_ago = waiting.created_at - delivery.timedelta(hours=delivery.KEPT_HOURS, seconds=1)
    OutgoingMail.objects.update(created_at=long_ago)
    assert not delivery.deliver(waiting.pk)
    assert not OutgoingMail.objects.exists()
    assert "given up" in caplog.text
    assert "zoe@example.org" not in caplog.text


@pytest.mark.parametrize(("code", "stays"), [(550, False), (450, True)])
def test_a_refused_recipient_is_not_a_relay_that_is_down(waiting: OutgoingMail, code: int, stays: bool) -> None:
    Relay.error = SMTPRecipientsRefused({"zoe@example.org": (code, b"no")})
    assert not delivery.deliver(waiting.pk)
    assert OutgoingMail.objects.exists() is stays
    assert not delivery.is_relay_down()


def test_what_is_due_is_tried_once_and_nothing_else(waiting: OutgoingMail) -> None:
    delivery.deliver_due()
    assert Relay.taken == []
    OutgoingMail.objects.update(next_try_at=waiting.created_at, is_relay_down=True)
    delivery.deliver_due()
    delivery.deliver_due()
    assert len(Relay.taken) == 1


def test_once_the_relay_is_back_the_others_are_due(waiting: OutgoingMail) -> None:
    backend.QueueBackend().send_messages([EmailMessage("Other", "Text", "a@example.org", ["b@example.org"])])
    OutgoingMail.objects.exclude(pk=waiting.pk).update(is_relay_down=True)
    assert delivery.deliver(waiting.pk)
    delivery.deliver_due()
    assert len(Relay.taken) == 2


async def test_a_mail_to_nobody_is_none(db: None) -> None:
    nobody = EmailMessage("Hello", "Text", "parley@example.org", [])
    assert await asyncio.to_thread(backend.QueueBackend().send_messages, [nobody]) == 1
