"""Accounts that came to share an address before the database forbade it, and those that have none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User


def migrate(name: str) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([("accounts", name)])
    return executor.loader.project_state([("accounts", name), ("account", "0009_emailaddress_unique_primary_email")])


@pytest.fixture
def before(transactional_db: None) -> Iterator[Any]:
    """The models as they were; whatever happens, the tables end as they are now."""
    yield migrate("0004_attention").apps
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_whoever_joined_first_keeps_the_address_and_everybody_their_account(
    before: Any, caplog: pytest.LogCaptureFixture
) -> None:
    users, addresses = before.get_model("accounts", "User"), before.get_model("account", "EmailAddress")
    named = [
        ("late", "One@Example.org"),
        ("first", "one@example.org"),
        ("dora", "dora@example.org"),
        ("x", ""),
        ("y", ""),
    ]
    for order, (username, email) in enumerate(named):
        user = users.objects.create(username=username, email=email, date_joined=f"2026-01-0{9 - order}T00:00:00Z")
        if email:
            addresses.objects.create(user=user, email=email.lower(), primary=True)
    with caplog.at_level(logging.WARNING):
        migrate("0005_email_unique")
    kept = dict(User.objects.values_list("username", "email"))
    assert kept == {"late": "", "first": "one@example.org", "dora": "dora@example.org", "x": "", "y": ""}
    assert set(addresses.objects.values_list("user__username", flat=True)) == {"first", "dora"}
    assert caplog.messages == ["late has no e-mail address any more: first had the same"]


def test_any_number_of_accounts_have_no_address(make_user: Callable[..., User]) -> None:
    assert make_user("x", email="").email == make_user("y", email="").email == ""
