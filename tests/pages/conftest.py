"""A browser for each of the cast, without scripts, and what they are in a group."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from groups.models import Conversation, Membership

Browser = Callable[[User | None], Client]

STRANGERS_PAGES = [
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/confirm-email/nonsense/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/a-b/",
    "/setup/nothing/",
    "/nothing/",
]


@pytest.fixture
def browser(db: None) -> Browser:
    """A client for a user, signed in, or for a stranger."""

    def make(user: User | None = None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return make


def role_of(user: User, group: Conversation) -> str | None:
    return Membership.objects.filter(user=user, conversation=group).values_list("role", flat=True).first()
