"""The order of a user's conversations: where somebody spoke last comes first, whatever else happens elsewhere."""

from __future__ import annotations

import uuid

import pytest
from asgiref.sync import async_to_sync

from accounts.models import User
from groups import actions
from groups.models import Conversation
from messaging import actions as talk
from messaging.listing import conversation_rows
from messaging.protocol import AddReaction, AnyWrite, DeleteMessage, EditMessage, SendMessage

pytestmark = pytest.mark.django_db(transaction=True)


def write(user: User, command: AnyWrite) -> int:
    return async_to_sync(talk.write)(user.pk, command).change.seq


def say(user: User, place: Conversation, body: str) -> int:
    return write(user, SendMessage(key=uuid.uuid4(), conversation_id=place.pk, body=body))


def test_who_edits_reacts_or_joins_lifts_no_conversation(
    alice: User, bob: User, carol: User, group: Conversation
) -> None:
    other = actions.create_group(alice, name="Other", members=[bob])
    seq = say(alice, group, "first")
    said_at = {row.id: row.last_at for row in conversation_rows(bob)}[group.pk]
    say(alice, other, "second")
    order = [other.pk, group.pk]
    assert [row.id for row in conversation_rows(bob)] == order
    write(alice, EditMessage(key=uuid.uuid4(), conversation_id=group.pk, target=seq, body="mended"))
    write(bob, AddReaction(key=uuid.uuid4(), conversation_id=group.pk, target=seq, emoji="👍"))
    actions.add_member(alice, conversation=group, user=carol)
    assert [row.id for row in conversation_rows(bob)] == order
    write(alice, DeleteMessage(key=uuid.uuid4(), conversation_id=group.pk, target=seq))
    assert [row.id for row in conversation_rows(bob)] == order
    assert {row.id: row.last_at for row in conversation_rows(bob)}[group.pk] == said_at
    say(bob, group, "third")
    assert [row.id for row in conversation_rows(bob)] == order[::-1]
