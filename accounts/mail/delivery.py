"""Hands mail to the relay and decides what becomes of what it does not take. Blocks: never on the event loop.

A mail is sent at least once: a worker that dies between the relay's answer and the end of the row leaves it to be sent
again, under the same Message-ID.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone

from accounts.mail.models import OutgoingMail

# Longer than an attempt can take.
LEASE_SECONDS = 120.0
FIRST_PAUSE_SECONDS = 30.0
MAX_PAUSE_SECONDS = 900.0
KEPT_HOURS = 24
MAILS_AT_ONCE = 50

logger = logging.getLogger(__name__)


class _Stored:
    """As much of an EmailMessage as Django's SMTP backend asks for."""

    encoding = "utf-8"

    def __init__(self, mail: OutgoingMail) -> None:
        self._source = bytes(mail.source)
        self._recipients: list[str] = mail.recipients
        self.from_email = mail.sender

    def recipients(self) -> list[str]:
        return self._recipients

    def message(self) -> _Stored:
        return self

    def as_bytes(self, linesep: str) -> bytes:
        return self._source


def is_relay_down() -> bool:
    """Whether some mail waits because the relay did not take it, whichever worker tried."""
    return OutgoingMail.objects.filter(is_relay_down=True).exists()


def deliver_due() -> None:
    """Try what is due, as long as the relay answers."""
    due = OutgoingMail.objects.filter(next_try_at__lte=timezone.now()).order_by("next_try_at")
    for mail in due[:MAILS_AT_ONCE]:
        leased_until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
        unclaimed = OutgoingMail.objects.filter(pk=mail.pk, next_try_at=mail.next_try_at)
        if unclaimed.update(next_try_at=leased_until) and not deliver(mail.pk) and is_relay_down():
            return


def deliver(pk: int) -> bool:
    """Try one that is leased to the caller; whether the relay has taken it."""
    mail = OutgoingMail.objects.filter(pk=pk).first()
    if mail is None:
        return True
    try:
        get_connection(settings.RELAY_BACKEND).send_messages([_Stored(mail)])  # type: ignore[list-item]
    except SMTPRecipientsRefused as refusal:
        codes = [code for code, _ in refusal.recipients.values()]
        _put_off(mail, refusal, is_final=all(code >= 500 for code in codes), is_relay_down=False)
        return False
    except (OSError, SMTPException) as error:
        _put_off(mail, error, is_final=False, is_relay_down=True)
        return False
    mail.delete()
    _hurry()
    return True


def _put_off(mail: OutgoingMail, error: Exception, *, is_final: bool, is_relay_down: bool) -> None:
    """One line a mail in the log, at its first failure and at its last; neither names the recipient."""
    now = timezone.now()
    if is_final or now - mail.created_at > timedelta(hours=KEPT_HOURS):
        logger.error("a mail is given up after %d attempts: %s", mail.attempts + 1, _words(error))
        mail.delete()
        return
    if mail.attempts == 0:
        logger.warning("a mail waits for the relay %s:%d: %s", settings.EMAIL_HOST, settings.EMAIL_PORT, _words(error))
    pause = min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(mail.attempts, 10))
    changed: dict[str, Any] = {"attempts": mail.attempts + 1, "is_relay_down": is_relay_down}
    OutgoingMail.objects.filter(pk=mail.pk).update(next_try_at=now + timedelta(seconds=pause), **changed)


def _hurry() -> None:
    """The relay is back: what waited for it goes now."""
    OutgoingMail.objects.filter(is_relay_down=True).update(next_try_at=timezone.now(), is_relay_down=False)


def _words(error: Exception) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        return "the relay refuses the recipient"
    return f"{type(error).__name__}: {error}".splitlines()[0]
