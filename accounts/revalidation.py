"""Which of some sessions have ended: asked by workers that hold sockets of them, a few at a time."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Token, User

SESSION_PREFIX = "session:"
TOKEN_PREFIX = "token:"


def ended_sessions(sessions: Collection[tuple[str, UUID]]) -> set[str]:
    """Of (session_id, user_id) pairs, at most some hundred, the session ids that no longer let their user in."""
    tokens = {pair for pair in sessions if pair[0].startswith(TOKEN_PREFIX)}
    return _ended_tokens(tokens) | _ended_browser_sessions(set(sessions) - tokens)


def _ended_tokens(pairs: Collection[tuple[str, UUID]]) -> set[str]:
    """A token is of one user, so it is asked for with them."""
    digests = {session_id.removeprefix(TOKEN_PREFIX) for session_id, _ in pairs}
    lasting = Q(expiry=None) | Q(expiry__gte=timezone.now())
    lost = _lost(Token.objects.filter(lasting, user__is_active=True), "digest", digests)
    return {TOKEN_PREFIX + digest for digest in lost}


def _ended_browser_sessions(pairs: Collection[tuple[str, UUID]]) -> set[str]:
    model = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    keys = {session_id.removeprefix(SESSION_PREFIX) for session_id, _ in pairs}
    lasting = model.objects.filter(expire_date__gt=timezone.now())
    lost = {SESSION_PREFIX + key for key in _lost(lasting, "session_key", keys)}
    suspended = _lost(User.objects.active(), "id", {user_id for _, user_id in pairs})
    return lost | {session_id for session_id, user_id in pairs if user_id in suspended}


def _lost(rows: QuerySet[Any], name: str, values: Collection[Any]) -> set[Any]:
    """Those of the values of a unique column that none of the rows has. Nearly always all are there, so they are
    counted: to read what each of them is was two thirds of the cost."""
    if not values:
        return set()
    some = rows.filter(**{f"{name}__in": values})
    if some.count() == len(values):
        return set()
    return set(values) - set(some.values_list(name, flat=True))
