from __future__ import annotations

import uuid

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse

from accounts.models import User
from groups.models import Conversation
from messaging import actions
from messaging.models import AuditEntry
from messaging.protocol import SendMessage
from tests.people import create_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def group(alice: User, bob: User) -> Conversation:
    group = create_group(alice, name="Climbing", members=[bob])
    for number in range(60):
        command = SendMessage(key=uuid.uuid4(), conversation_id=group.id, body=f"line <{number}>")
        async_to_sync(actions.write)(alice.id, command)
    return group


def address(conversation_id: uuid.UUID) -> str:
    return reverse("admin:messaging_read_conversation", args=[conversation_id])


def as_admin(client: Client, user: User, *, is_superuser: bool) -> Client:
    user.is_staff, user.is_superuser = True, is_superuser
    user.save()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_an_administrator_reads_messages_and_leaves_an_entry(client: Client, carol: User, group: Conversation) -> None:
    answer = as_admin(client, carol, is_superuser=True).get(address(group.id))
    assert "line &lt;59&gt;" in answer.content.decode()
    [entry] = AuditEntry.objects.all()
    assert (entry.admin, entry.conversation_id, entry.first_seq, entry.last_seq) == (carol, group.id, 13, 62)
    client.get(address(group.id), {"before": 13})
    assert AuditEntry.objects.latest("id").first_seq == 1


def test_an_administrator_reads_in_words_who_came(
    client: Client, carol: User, alice: User, bob: User, group: Conversation
) -> None:
    answer = as_admin(client, carol, is_superuser=True).get(address(group.id), {"before": 3})
    told = [told for _, _, told in answer.context["rows"]]
    assert told == [f"{alice} created “Climbing”", f"{alice} added {bob}"]


def test_staff_without_the_permission_reads_nothing(client: Client, carol: User, group: Conversation) -> None:
    answer = as_admin(client, carol, is_superuser=False).get(address(group.id))
    assert answer.status_code == 403
    assert not AuditEntry.objects.exists()


def test_an_ordinary_user_is_asked_to_sign_in(client: Client, alice: User, group: Conversation) -> None:
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address(group.id)).status_code == 302


@pytest.mark.parametrize("before", ["-1", "x", "9" * 400, "٣"])
def test_a_bad_position_shows_the_newest(client: Client, carol: User, group: Conversation, before: str) -> None:
    answer = as_admin(client, carol, is_superuser=True).get(address(group.id), {"before": before})
    assert "line &lt;59&gt;" in answer.content.decode()


def test_an_absent_conversation_is_not_found(client: Client, carol: User) -> None:
    assert as_admin(client, carol, is_superuser=True).get(address(uuid.uuid4())).status_code == 404


def test_an_entry_can_be_neither_changed_nor_removed(client: Client, carol: User, group: Conversation) -> None:
    as_admin(client, carol, is_superuser=True).get(address(group.id))
    entry = AuditEntry.objects.get()
    assert client.get(reverse("admin:messaging_auditentry_delete", args=[entry.pk])).status_code == 403
    assert client.post(reverse("admin:messaging_auditentry_change", args=[entry.pk]), {}).status_code == 403
