"""How a program or a page proves who it is to the API: by a token, or by its session."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from knox import auth
from rest_framework import authentication, exceptions


class TokenAuthentication(auth.TokenAuthentication):
    """knox's, for tokens that can be one: it would fail on bytes that are no text and ask the database for a NUL."""

    def authenticate_credentials(self, token: bytes) -> Any:
        if not (token.isascii() and token.decode("ascii").isprintable() and len(token) <= 200):
            raise exceptions.AuthenticationFailed(_("Invalid token."))
        return super().authenticate_credentials(token)


class SessionAuthentication(authentication.SessionAuthentication):
    """REST framework's, which checks CSRF for whoever comes by a session."""
