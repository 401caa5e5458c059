"""API tokens: making and ending them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from . import rules
from .errors import InvalidError, NotAllowedError, TooManyTokensError
from .models import Token, User

MAX_TOKENS = 100
TOKEN_DAYS = 90
MAX_TOKEN_DAYS = 3_650
TOKEN_NAME_CHARACTERS = 64


def create_token(
    actor: User, *, name: str = "", days: int | None = None, maker: Token | None = None
) -> tuple[Token, str]:
    """The token and its secret, which is shown this once.

    Made by another token, `maker`, it ends no later than that one: asked for more days, it is refused. None gives way
    to it: with MAX_TOKENS alive it is refused, too.
    """
    if days is not None and not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidError(f"A token lives for 1 to {MAX_TOKEN_DAYS} days.", field="days")
    name = rules.clean_text(name, field="name", most=TOKEN_NAME_CHARACTERS)
    expires_at = _expiry(days, maker)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        tokens = Token.objects.filter(user=actor)
        tokens.filter(expiry__lt=timezone.now()).delete()
        if tokens.count() >= MAX_TOKENS:
            raise TooManyTokensError
        token, secret = Token.objects.create(user=actor, name=name)
        # knox adds up its own clock and a lifetime; the moment is fixed here, to the second of the maker's end.
        token.expiry = expires_at
        token.save(update_fields=["expiry"])
    return token, secret


def _expiry(days: int | None, maker: Token | None) -> datetime:
    now = timezone.now()
    if maker is None or maker.expiry is None:
        return now + timedelta(days=days or TOKEN_DAYS)
    end: datetime = maker.expiry
    left = math.ceil((end - now) / timedelta(days=1))
    if days is not None and days > left:
        raise InvalidError(f"A token makes none that outlives it: {left} days at most.", field="days")
    return min(now + timedelta(days=days or TOKEN_DAYS), end)


def delete_token(actor: User, *, token: Token) -> None:
    if token.user_id != actor.pk:
        raise NotAllowedError
    token.delete()


def end_tokens(actor: User) -> int:
    """End every token of the actor's and return how many there were."""
    tokens = list(Token.objects.filter(user=actor))
    with transaction.atomic():
        for token in tokens:
            token.delete()
    return len(tokens)
