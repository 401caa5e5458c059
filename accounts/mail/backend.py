"""Django's way into the mail queue: what is sent is stored, and tried at once on a thread of its own."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address
from django.db import close_old_connections, transaction
from django.utils import timezone

from accounts.mail.delivery import LEASE_SECONDS, deliver, is_relay_down
from accounts.mail.models import OutgoingMail

# A person waits this long at most to learn whether the relay has taken their mail.
PATIENCE_SECONDS = 2.0
THREADS = 2

logger = logging.getLogger(__name__)
_threads = ThreadPoolExecutor(THREADS, "mail")
_begun: ContextVar[list[Future[bool]] | None] = ContextVar("begun", default=None)


class QueueBackend(BaseEmailBackend):
    """Sending succeeds when the mail is stored; what becomes of it is `deliver`'s."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            if message.recipients():
                mail = _stored(message)
                transaction.on_commit(functools.partial(_begin, mail.pk))
        return len(email_messages)


class Outcome:
    """Whether what was sent inside `watched` has left. `is_delayed` is known after it."""

    is_delayed = False


@contextmanager
def watched() -> Iterator[Outcome]:
    """Wait a moment for what is sent inside, so that a page can say when it has to wait."""
    outcome, begun = Outcome(), list[Future[bool]]()
    token = _begun.set(begun)
    try:
        yield outcome
    finally:
        _begun.reset(token)
    if begun:
        done, pending = wait(begun, 0 if is_relay_down() else PATIENCE_SECONDS)
        outcome.is_delayed = bool(pending) or not all(future.result() for future in done)


def _stored(message: EmailMessage) -> OutgoingMail:
    encoding = message.encoding or "utf-8"
    return OutgoingMail.objects.create(
        sender=sanitize_address(message.from_email, encoding),
        recipients=[sanitize_address(address, encoding) for address in message.recipients()],
        source=message.message().as_bytes(linesep="\r\n"),  # type: ignore[call-arg]
        # Only if the attempt that begins now is cut off.
        next_try_at=timezone.now() + timedelta(seconds=LEASE_SECONDS),
    )


def _begin(pk: int) -> None:
    future = _threads.submit(_attempt, pk)
    if (begun := _begun.get()) is not None:
        begun.append(future)


def _attempt(pk: int) -> bool:
    try:
        return deliver(pk)
    except Exception:
        logger.exception("a mail could not be tried")
        return False
    finally:
        close_old_connections()
