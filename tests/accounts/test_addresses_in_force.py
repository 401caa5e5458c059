"""What the version before left of addresses that were changed, and of those that were not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client


def migrate(name: str) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([("accounts", name)])
    return executor.loader.project_state([("accounts", name), ("account", "0009_emailaddress_unique_primary_email")])


@pytest.fixture
def before(transactional_db: None) -> Iterator[Any]:
    """The models as they were; whatever happens, the tables end as they are now."""
    yield migrate("0012_email_pending").apps
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_the_address_in_force_stays_and_none_before_it(before: Any) -> None:
    users, addresses = before.get_model("accounts", "User").objects, before.get_model("account", "EmailAddress").objects
    moved = users.create(username="moved", email="New@Example.org")
    addresses.create(user=moved, email="old@example.org", primary=True)
    addresses.create(user=moved, email="new@example.org")
    same = users.create(username="same", email="same@example.org", password="!")
    addresses.create(user=same, email="same@example.org", primary=True)
    users.create(username="none", email="")
    migrate("0013_addresses_in_force")
    kept = set(EmailAddress.objects.values_list("user__username", "email", "verified", "primary"))
    assert kept == {("moved", "new@example.org", True, True), ("same", "same@example.org", True, True)}
    for email in ("old@example.org", "new@example.org", "same@example.org"):
        Client().post("/accounts/password/reset/", {"email": email})
    assert [message.to for message in mail.outbox] == [["new@example.org"], ["same@example.org"]]
