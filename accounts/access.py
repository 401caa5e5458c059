"""From an id to what it names, for this user; absent and not yours raise the same NotFoundError."""

from __future__ import annotations

import uuid

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from rest_framework.request import Request

from .errors import NotFoundError
from .models import Block, Contact, Token, User


def actor_of(request: HttpRequest | Request) -> User:
    """Whoever a view that lets no stranger in acts for."""
    assert isinstance(request.user, User)
    return request.user


def access_user(actor: User, user_id: uuid.UUID, *, field: str | None = None) -> User:
    """Someone who can be talked to; suspended people are not there. `field`: the input the id came in."""
    user: User | None = User.objects.active().filter(pk=user_id).first()
    if user is None:
        raise NotFoundError(field=field)
    return user


def access_self(actor: User, user_id: uuid.UUID) -> User:
    """What only the person themselves may see."""
    if actor.pk != user_id:
        raise NotFoundError
    return actor


def access_contact(actor: User, contact_id: uuid.UUID) -> Contact:
    contact = Contact.objects.filter(owner=actor, contact_id=contact_id).select_related("contact").first()
    if contact is None:
        raise NotFoundError
    return contact


def access_block(actor: User, blocked_id: uuid.UUID) -> Block:
    block = Block.objects.filter(blocker=actor, blocked_id=blocked_id).select_related("blocked").first()
    if block is None:
        raise NotFoundError
    return block


def access_token(actor: User, token_id: str) -> Token:
    """`token_id` is Token.public_id."""
    token: Token | None = Token.objects.filter(user=actor, digest__startswith=token_id).first()
    if token is None or token.public_id != token_id:
        raise NotFoundError
    return token


def session_id_of(session: UserSession) -> str:
    """An opaque name: the session key itself would open the session."""
    return salted_hmac("accounts.session_id", session.session_key).hexdigest()[:32]


def sessions_of(user: User) -> list[UserSession]:
    """The live ones, last used first; forgets those that have ended."""
    sessions: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(sessions, key=lambda session: session.last_seen_at, reverse=True)


def access_session(actor: User, session_id: str) -> UserSession:
    for session in sessions_of(actor):
        if session_id_of(session) == session_id:
            return session
    raise NotFoundError
