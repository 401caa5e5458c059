"""Which of many sessions have ended: asked in batches, by workers that hold sockets of them."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import Token, User

SESSION_PREFIX = "session:"
TOKEN_PREFIX = "token:"
AT_ONCE = 500


def ended_sessions(sessions: Collection[tuple[str, UUID]]) -> set[str]:
    """Of (session_id, user_id) pairs, the session ids that no longer let their user in."""
    alive = _alive_tokens(sessions) | _alive_browser_sessions(sessions)
    active = _active_users({user_id for _, user_id in sessions})
    return {session_id for session_id, user_id in sessions if session_id not in alive or user_id not in active}


def _keys(sessions: Collection[tuple[str, UUID]], prefix: str) -> list[str]:
    return [session_id.removeprefix(prefix) for session_id, _ in sessions if session_id.startswith(prefix)]


def _alive_tokens(sessions: Collection[tuple[str, UUID]]) -> set[str]:
    alive: set[str] = set()
    digests = _keys(sessions, TOKEN_PREFIX)
    for start in range(0, len(digests), AT_ONCE):
        some = Token.objects.filter(digest__in=digests[start : start + AT_ONCE]).exclude(expiry__lt=timezone.now())
        alive |= {TOKEN_PREFIX + digest for digest in some.values_list("digest", flat=True)}
    return alive


def _alive_browser_sessions(sessions: Collection[tuple[str, UUID]]) -> set[str]:
    model = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    alive: set[str] = set()
    keys = _keys(sessions, SESSION_PREFIX)
    for start in range(0, len(keys), AT_ONCE):
        some = model.objects.filter(session_key__in=keys[start : start + AT_ONCE], expire_date__gt=timezone.now())
        alive |= {SESSION_PREFIX + key for key in some.values_list("session_key", flat=True)}
    return alive


def _active_users(user_ids: set[UUID]) -> set[UUID]:
    wanted = list(user_ids)
    active: set[UUID] = set()
    for start in range(0, len(wanted), AT_ONCE):
        some = User.objects.active().filter(id__in=wanted[start : start + AT_ONCE])
        active |= set(some.values_list("id", flat=True))
    return active
