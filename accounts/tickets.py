"""Single-use tickets: how a socket proves who opens it without a word to the database.

A session or token asks for one over HTTPS; it opens one socket within TICKET_SECONDS, on any worker. Nothing about the
session can be read from it. `session_id` names what it was issued to: "session:<key>" or "token:<digest>".
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass
from functools import cache
from typing import Protocol
from uuid import UUID

from django.conf import settings
from redis import RedisError

from accounts.errors import UnavailableError
from accounts.redis_client import redis_client

logger = logging.getLogger(__name__)

TICKET_SECONDS = 30
TICKETS_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Ticket:
    user_id: UUID
    session_id: str


class TicketBook(Protocol):
    async def issue(self, user_id: UUID, *, session_id: str) -> str:
        """A new ticket's text."""

    async def redeem(self, text: str) -> Ticket | None:
        """The ticket, once; None when it was never issued, is used, has expired or was revoked."""

    async def revoke(self, *, user_id: UUID | None, session_id: str | None) -> None:
        """A session ended, or with no session named a user may not come in any more."""


class LocalTicketBook:
    """Tickets of one process. Each step on the dictionary is atomic: any thread may call."""

    def __init__(self) -> None:
        self._tickets: dict[str, tuple[Ticket, float]] = {}

    async def issue(self, user_id: UUID, *, session_id: str) -> str:
        if len(self._tickets) >= TICKETS_MOST:
            self._drop_expired()
        text = secrets.token_urlsafe(24)
        self._tickets[text] = (Ticket(user_id, session_id), time.monotonic() + TICKET_SECONDS)
        return text

    async def redeem(self, text: str) -> Ticket | None:
        ticket, expires = self._tickets.pop(text, (None, 0.0))
        return ticket if expires > time.monotonic() else None

    async def revoke(self, *, user_id: UUID | None, session_id: str | None) -> None:
        for text, (ticket, _) in list(self._tickets.items()):
            if ticket.session_id == session_id or (session_id is None and ticket.user_id == user_id):
                self._tickets.pop(text, None)

    def _drop_expired(self) -> None:
        now = time.monotonic()
        for text, (_ticket, expires) in list(self._tickets.items()):
            if expires <= now:
                self._tickets.pop(text, None)


class RedisTicketBook:
    """Tickets shared by all workers. Reading one removes it, in one step."""

    async def issue(self, user_id: UUID, *, session_id: str) -> str:
        text = secrets.token_urlsafe(24)
        try:
            await redis_client().set(_name(text), f"{user_id} {session_id}", ex=TICKET_SECONDS)
        except RedisError as error:
            raise UnavailableError from error
        return text

    async def redeem(self, text: str) -> Ticket | None:
        try:
            stored = await redis_client().getdel(_name(text))
            if stored is None:
                return None
            user_id, session_id = str(stored).split(" ", 1)
            ended = await redis_client().exists(_ended(user_id), _ended(session_id))
        except RedisError as error:
            raise UnavailableError from error
        return None if ended else Ticket(UUID(user_id), session_id)

    async def revoke(self, *, user_id: UUID | None, session_id: str | None) -> None:
        """What ended is remembered for as long as a ticket of it could live."""
        try:
            await redis_client().set(_ended(session_id or str(user_id)), "1", ex=TICKET_SECONDS)
        except RedisError:
            logger.warning("a revocation could not be told to Redis", exc_info=True)


def _name(text: str) -> str:
    return f"parley:ticket:{text}"


def _ended(what: str) -> str:
    return f"parley:ended:{what}"


@cache
def tickets() -> TicketBook:
    """The book this process uses. Whoever serves asks for it before there are threads that could make two."""
    return RedisTicketBook() if settings.REDIS_URL else LocalTicketBook()
