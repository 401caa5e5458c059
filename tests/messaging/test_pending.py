"""What groups decided reaches the timeline once, whatever dies in between."""

from __future__ import annotations

import uuid

import pytest
from asgiref.sync import async_to_sync

from accounts.errors import UnavailableError
from accounts.models import User
from groups import actions as group_actions
from groups.models import Conversation, PendingChange
from messaging import pending
from messaging.history import history
from messaging.history.sql import SqlHistory
from messaging.pending import publish_left_behind, publish_pending
from messaging.protocol import AnyChange, MemberJoined, decode_change
from tests.people import add_member, create_group

pytestmark = pytest.mark.django_db(transaction=True)


def timeline(conversation_id: uuid.UUID) -> list[AnyChange]:
    page = async_to_sync(history().page)(conversation_id, after=0, limit=200)
    return [decode_change(content) for content in page.changes]


def kinds(conversation_id: uuid.UUID) -> list[str]:
    return [str(change.__struct_config__.tag) for change in timeline(conversation_id)]


@pytest.fixture
def group(alice: User, bob: User) -> Conversation:
    return create_group(alice, name="Climbing", members=[bob])


def test_a_group_begins_its_timeline_with_its_making(group: Conversation, alice: User, bob: User) -> None:
    made, joined = timeline(group.id)
    assert (made.seq, made.author_id) == (1, alice.id)
    assert isinstance(joined, MemberJoined)
    assert (joined.seq, joined.author_id, joined.user_id) == (2, alice.id, bob.id)
    assert not PendingChange.objects.exists()


def test_each_verb_leaves_its_change(group: Conversation, alice: User, bob: User, carol: User) -> None:
    add_member(alice, conversation=group, user=carol)
    group_actions.rename_group(alice, conversation=group, name="Bouldering")
    group_actions.leave_group(carol, conversation=group)
    assert kinds(group.id)[2:] == ["member.joined", "conversation.renamed", "member.left"]


def test_publishing_twice_appends_once(group: Conversation, alice: User) -> None:
    row = PendingChange.objects.create(
        conversation_id=group.id, type="conversation.renamed", author_id=alice.id, details={"name": "Twice"}
    )
    publish_pending(group.id)
    row.save()  # as if the process had died before it removed the row
    publish_pending(group.id)
    assert kinds(group.id).count("conversation.renamed") == 1
    assert not PendingChange.objects.exists()


def test_what_a_dead_process_left_is_published_by_the_sweeper() -> None:
    place, author = uuid.uuid4(), uuid.uuid4()
    for name in ("one", "two"):
        PendingChange.objects.create(
            conversation_id=place, type="conversation.renamed", author_id=author, details={"name": name}
        )
    async_to_sync(publish_left_behind)()
    assert [change.name for change in timeline(place)] == ["one", "two"]  # type: ignore[union-attr]
    assert not PendingChange.objects.exists()


def test_a_store_that_is_down_delays_a_change_and_does_not_fail_the_verb(
    group: Conversation, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(self: SqlHistory, drafts: object) -> None:
        raise UnavailableError

    with monkeypatch.context() as broken:
        broken.setattr(SqlHistory, "commit", down)
        group_actions.rename_group(alice, conversation=group, name="Later")
    assert PendingChange.objects.count() == 1
    publish_pending(group.id)
    assert kinds(group.id)[-1] == "conversation.renamed"


def test_an_unknown_kind_of_pending_change_is_a_programming_error(group: Conversation, alice: User) -> None:
    row = PendingChange(conversation_id=group.id, type="nonsense", author_id=alice.id)
    with pytest.raises(KeyError):
        pending._change(row)
