"""The verbs about conversations: who may, what is stored, which changes are recorded, what is announced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts import actions as people
from accounts.errors import InvalidError, NotAllowedError, NotFoundError, RefusalError
from accounts.models import User
from groups import access, actions
from groups.errors import AlreadyMemberError, LastOwnerError, NameTakenError
from groups.models import Conversation, Kind, Membership, PendingChange, Role
from tests.people import add_member, create_group


def changes(conversation: Conversation) -> list[tuple[str, Any, dict[str, Any]]]:
    rows = PendingChange.objects.filter(conversation_id=conversation.pk).order_by("id")
    return [(row.type, row.author_id, row.details) for row in rows]


def role_of(user: User, conversation: Conversation) -> str | None:
    membership = access.membership_of(user, conversation)
    return membership.role if membership else None


def test_creating_a_group_records_it_and_each_added_member(alice: User, bob: User, told: Any) -> None:
    with told() as heard:
        group = create_group(alice, name="  Climbing ", members=[bob, alice, bob])
    assert group.name == "Climbing"
    assert role_of(alice, group) == Role.OWNER
    assert role_of(bob, group) == Role.MEMBER
    assert changes(group) == [
        ("conversation.created", alice.pk, {"name": "Climbing"}),
        ("member.joined", alice.pk, {"user_id": str(bob.pk), "role": "member"}),
    ]
    assert heard == [
        (
            "conversation_changed",
            {"conversation_id": group.pk, "added": [alice.pk, bob.pk], "removed": [], "deleted": False},
        )
    ]


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\nb", "\u200b", "\u202eevil", "\ud800"])
def test_a_group_needs_a_name_people_can_read(alice: User, name: str) -> None:
    with pytest.raises(InvalidError) as refused:
        actions.create_group(alice, name=name)
    assert refused.value.field == "name"
    assert not Conversation.objects.exists()


def test_a_group_is_not_made_when_one_of_its_members_blocked_the_owner(alice: User, bob: User, carol: User) -> None:
    people.block_user(carol, blocked=alice)
    with pytest.raises(NotAllowedError):
        create_group(alice, name="Climbing", members=[bob, carol])
    assert not Conversation.objects.exists()


def test_public_names_are_unique_whatever_the_case(alice: User, bob: User) -> None:
    actions.create_group(alice, name="Climbing", is_public=True)
    actions.create_group(bob, name="climbing")
    with pytest.raises(NameTakenError):
        actions.create_group(bob, name="CLIMBING", is_public=True)


def test_renaming_records_the_new_name_once(alice: User, group: Conversation) -> None:
    actions.rename_group(alice, conversation=group, name="Bouldering")
    actions.rename_group(alice, conversation=group, name="Bouldering")
    assert changes(group)[2:] == [("conversation.renamed", alice.pk, {"name": "Bouldering"})]


def test_describing_records_the_description(alice: User, group: Conversation) -> None:
    actions.describe_group(alice, conversation=group, description="Up\nand down")
    assert changes(group)[2:] == [("conversation.described", alice.pk, {"description": "Up\nand down"})]


def test_members_and_strangers_cannot_rename(bob: User, carol: User, group: Conversation) -> None:
    with pytest.raises(NotAllowedError):
        actions.rename_group(bob, conversation=group, name="Mine")
    with pytest.raises(NotFoundError):
        actions.rename_group(carol, conversation=group, name="Mine")


def test_only_owners_publish(alice: User, bob: User, group: Conversation) -> None:
    actions.change_role(alice, conversation=group, user=bob, role="admin")
    with pytest.raises(NotAllowedError):
        actions.publish_group(bob, conversation=group, is_public=True)
    assert actions.publish_group(alice, conversation=group, is_public=True).is_public


def test_adding_twice_makes_one_member_and_one_change(alice: User, carol: User, group: Conversation, told: Any) -> None:
    with told() as heard:
        assert add_member(alice, conversation=group, user=carol)[1]
        assert not add_member(alice, conversation=group, user=carol)[1]
    assert changes(group)[2:] == [("member.joined", alice.pk, {"user_id": str(carol.pk), "role": "member"})]
    assert [about["added"] for _, about in heard] == [[carol.pk]]


@pytest.mark.parametrize("blocker_is_actor", [True, False])
def test_nobody_is_added_across_a_block(alice: User, carol: User, group: Conversation, blocker_is_actor: bool) -> None:
    one, other = (alice, carol) if blocker_is_actor else (carol, alice)
    people.block_user(one, blocked=other)
    with pytest.raises(NotAllowedError):
        add_member(alice, conversation=group, user=carol)
    with pytest.raises(NotAllowedError):
        actions.create_invitation(alice, conversation=group, invitee=carol)


def test_a_removed_member_is_gone_and_told_of(alice: User, bob: User, group: Conversation, told: Any) -> None:
    with told() as heard:
        actions.remove_member(alice, conversation=group, user=bob)
    assert role_of(bob, group) is None
    assert changes(group)[2:] == [("member.removed", alice.pk, {"user_id": str(bob.pk)})]
    assert heard[0][1]["removed"] == [bob.pk]


def test_admins_remove_members_only(alice: User, bob: User, carol: User, group: Conversation) -> None:
    add_member(alice, conversation=group, user=carol)
    actions.change_role(alice, conversation=group, user=bob, role="admin")
    with pytest.raises(NotAllowedError):
        actions.remove_member(bob, conversation=group, user=alice)
    actions.remove_member(bob, conversation=group, user=carol)
    assert role_of(carol, group) is None


def test_the_last_owner_neither_leaves_nor_steps_down(alice: User, bob: User, group: Conversation) -> None:
    with pytest.raises(LastOwnerError):
        actions.leave_group(alice, conversation=group)
    with pytest.raises(LastOwnerError):
        actions.change_role(alice, conversation=group, user=alice, role="member")
    actions.change_role(alice, conversation=group, user=bob, role="owner")
    actions.leave_group(alice, conversation=group)
    assert role_of(bob, group) == Role.OWNER
    assert changes(group)[2:] == [
        ("member.role_changed", alice.pk, {"user_id": str(bob.pk), "role": "owner"}),
        ("member.left", alice.pk, {"user_id": str(alice.pk)}),
    ]


def test_the_last_member_takes_the_group_with_them(alice: User, bob: User, group: Conversation, told: Any) -> None:
    actions.leave_group(bob, conversation=group)
    with told() as heard:
        actions.leave_group(alice, conversation=group)
    assert not Conversation.objects.exists()
    assert not PendingChange.objects.exists()
    assert heard == [
        (
            "conversation_changed",
            {"conversation_id": group.pk, "added": [], "removed": [alice.pk], "deleted": True},
        )
    ]


def test_only_owners_give_roles(alice: User, bob: User, group: Conversation) -> None:
    with pytest.raises(NotAllowedError):
        actions.change_role(bob, conversation=group, user=bob, role="owner")
    with pytest.raises(InvalidError):
        actions.change_role(alice, conversation=group, user=bob, role="king")


def test_only_owners_delete(alice: User, bob: User, group: Conversation) -> None:
    actions.change_role(alice, conversation=group, user=bob, role="admin")
    with pytest.raises(NotAllowedError):
        actions.delete_group(bob, conversation=group)
    actions.delete_group(alice, conversation=group)
    with pytest.raises(NotFoundError):
        actions.rename_group(alice, conversation=group, name="Ghost")


def test_a_public_group_is_joined_by_anyone_and_a_private_one_is_not_there(
    alice: User, carol: User, group: Conversation
) -> None:
    with pytest.raises(NotFoundError):
        actions.join_group(carol, conversation=group)
    actions.publish_group(alice, conversation=group, is_public=True)
    assert actions.join_group(carol, conversation=group)[1]
    assert not actions.join_group(carol, conversation=group)[1]
    assert changes(group)[-1] == ("member.joined", carol.pk, {"user_id": str(carol.pk), "role": "member"})


def test_a_link_lets_people_in_until_it_is_revoked(alice: User, carol: User, group: Conversation) -> None:
    link, _ = actions.create_invitation(alice, conversation=group)
    actions.accept_invite(carol, invite=link.invite)
    actions.leave_group(carol, conversation=group)
    actions.revoke_invitation(alice, invitation=link)
    with pytest.raises(NotFoundError):
        actions.accept_invite(carol, invite=link.invite)


def test_an_invitation_serves_the_invited_once(alice: User, bob: User, carol: User, group: Conversation) -> None:
    invitation, created = actions.create_invitation(alice, conversation=group, invitee=carol)
    assert created
    assert actions.create_invitation(alice, conversation=group, invitee=carol) == (invitation, False)
    actions.leave_group(bob, conversation=group)
    with pytest.raises(NotFoundError):
        actions.accept_invite(bob, invite=invitation.invite)
    assert actions.accept_invite(carol, invite=invitation.invite)[1]
    with pytest.raises(NotFoundError):
        actions.accept_invite(carol, invite=invitation.invite)
    with pytest.raises(AlreadyMemberError):
        actions.create_invitation(alice, conversation=group, invitee=carol)


def test_an_invitation_ends_when_the_invited_blocks_the_inviter(alice: User, carol: User, group: Conversation) -> None:
    invitation, _ = actions.create_invitation(alice, conversation=group, invitee=carol)
    people.block_user(carol, blocked=alice)
    with pytest.raises(NotFoundError):
        access.access_invitation(carol, invitation.pk)
    with pytest.raises(NotFoundError):
        actions.accept_invite(carol, invite=invitation.invite)


def test_a_declined_invitation_is_gone(alice: User, carol: User, group: Conversation) -> None:
    invitation, _ = actions.create_invitation(alice, conversation=group, invitee=carol)
    actions.decline_invitation(carol, invitation=invitation)
    with pytest.raises(NotFoundError):
        access.access_invitation(carol, invitation.pk)


def test_members_cannot_invite(bob: User, carol: User, group: Conversation) -> None:
    with pytest.raises(NotAllowedError):
        actions.create_invitation(bob, conversation=group)


def test_beyond_500_members_a_group_becomes_a_channel_and_keeps_all_else(
    alice: User, bob: User, carol: User, group: Conversation, make_user: Callable[..., User]
) -> None:
    actions.change_role(alice, conversation=group, user=bob, role="admin")
    actions.set_attention(bob, conversation=group, level="mentions")
    link, _ = actions.create_invitation(alice, conversation=group)
    crowd = User.objects.bulk_create(User(username=f"u{n}") for n in range(497))
    Membership.objects.bulk_create(Membership(conversation=group, user=user) for user in crowd)
    add_member(alice, conversation=group, user=carol)
    group.refresh_from_db()
    assert group.kind == Kind.GROUP
    late, later = make_user("late"), make_user("later")
    actions.accept_invite(late, invite=link.invite)
    group.refresh_from_db()
    assert (group.kind, group.name) == (Kind.CHANNEL, "Climbing")
    assert [(change, author) for change, author, _ in changes(group)][-2:] == [
        ("conversation.converted", late.pk),
        ("member.joined", late.pk),
    ]
    assert (role_of(alice, group), role_of(bob, group), role_of(late, group)) == ("owner", "admin", "member")
    assert Membership.objects.get(conversation=group, user=bob).level == "mentions"
    # For good: it is told once, and fewer members do not undo it.
    actions.accept_invite(later, invite=link.invite)
    for user in (late, later):
        actions.leave_group(user, conversation=group)
    group.refresh_from_db()
    assert group.kind == Kind.CHANNEL
    assert [change for change, _, _ in changes(group)].count("conversation.converted") == 1


def test_there_is_one_direct_conversation_of_two_people(alice: User, bob: User, told: Any) -> None:
    with told() as heard:
        direct, created = actions.open_direct(alice, bob)
    assert created
    assert actions.open_direct(bob, alice) == (direct, False)
    assert changes(direct) == []
    assert heard[0][1]["added"] == [alice.pk, bob.pk]


def test_a_direct_conversation_needs_another_person(alice: User) -> None:
    with pytest.raises(InvalidError):
        actions.open_direct(alice, alice)


def test_a_block_refuses_both_sides_with_the_same_words(alice: User, bob: User) -> None:
    people.block_user(bob, blocked=alice)
    refused: list[RefusalError] = []
    for actor, other in [(alice, bob), (bob, alice)]:
        with pytest.raises(NotAllowedError) as error:
            actions.open_direct(actor, other)
        refused.append(error.value)
    assert refused[0].message == refused[1].message


def test_an_existing_direct_conversation_opens_in_spite_of_a_block(alice: User, bob: User) -> None:
    direct, _ = actions.open_direct(alice, bob)
    people.block_user(bob, blocked=alice)
    assert actions.open_direct(alice, bob) == (direct, False)


def test_group_verbs_do_not_touch_direct_conversations(alice: User, bob: User) -> None:
    direct, _ = actions.open_direct(alice, bob)
    with pytest.raises(NotFoundError):
        actions.leave_group(alice, conversation=direct)


def test_deleting_a_user_hands_their_groups_over(alice: User, bob: User, carol: User, group: Conversation) -> None:
    add_member(alice, conversation=group, user=carol)
    actions.change_role(alice, conversation=group, user=carol, role="admin")
    alone = actions.create_group(alice, name="Alone")
    alice.delete()
    assert role_of(carol, group) == Role.OWNER
    assert [change for change, _, _ in changes(group)][-2:] == ["member.role_changed", "member.left"]
    assert not Conversation.objects.filter(pk=alone.pk).exists()
