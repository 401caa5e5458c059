"""Making, naming and deleting conversations."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from accounts import limits
from accounts.errors import InvalidError
from accounts.models import User
from accounts.names import clean_name
from accounts.rules import clean_text

from ..consent import addable
from ..errors import NameTakenError
from ..models import (
    DESCRIPTION_CHARACTERS,
    GROUP_MEMBERS_MOST,
    NAME_CHARACTERS,
    SLOWNESSES,
    Conversation,
    Kind,
    Membership,
    PendingChange,
    Role,
    direct_pair,
)
from .changes import announce, announce_invitations, check_reachable, locked, moderator, owner, record
from .invitations import invite
from .naming import check_public_name

MADE_KINDS = (Kind.GROUP.value, Kind.CHANNEL.value)


def open_direct(actor: User, other: User) -> tuple[Conversation, bool]:
    """The one direct conversation of the two, and whether it is new. One that exists opens even after a block.

    Raises RateLimitedError when the actor begins too many: whom they talk to counts with whom they add.
    """
    if actor.pk == other.pk:
        raise InvalidError("You cannot talk to yourself.", field="user_id")
    pair = direct_pair(actor.pk, other.pk)
    if found := Conversation.objects.filter(direct_pair=pair).first():
        return found, False
    check_reachable(actor, other)
    limits.take("people_by_user", str(actor.pk))
    with transaction.atomic():
        # The pair is unique: of two at once, one creates and the other waits, then gets the same.
        direct, created = Conversation.objects.get_or_create(
            direct_pair=pair, defaults={"kind": Kind.DIRECT, "created_by": actor}
        )
        if created:
            Membership.objects.bulk_create(Membership(conversation=direct, user=user) for user in (actor, other))
            announce(direct.pk, added=[actor.pk, other.pk])
    return direct, created


@transaction.atomic
def create_group(
    actor: User,
    *,
    name: str,
    kind: str = Kind.GROUP,
    description: str = "",
    is_public: bool = False,
    members: Iterable[User] = (),
) -> Conversation:
    """A group or channel owned by the actor. Of `members` those who have agreed to it (see consent.py) are added and
    the others invited; or, if one can be neither, nothing happens."""
    if kind not in MADE_KINDS:
        raise InvalidError(f"One makes a {' or a '.join(MADE_KINDS)}.", field="kind")
    others = list({user.pk: user for user in members if user.pk != actor.pk}.values())
    if len(others) >= GROUP_MEMBERS_MOST:
        raise InvalidError(f"At most {GROUP_MEMBERS_MOST - 1} at once: add the others later.", field="member_ids")
    limits.take("groups_by_user", str(actor.pk))
    if others:
        limits.take("people_by_user", str(actor.pk), cost=len(others))
    for user in others:
        check_reachable(actor, user)
    agreed = addable(actor, others)
    group = Conversation(kind=kind, created_by=actor, is_public=is_public)
    group.name, group.description = _clean_name(name), _clean_description(description)
    if is_public:
        check_public_name(actor, group)
    _save(group)
    Membership.objects.create(conversation=group, user=actor, role=Role.OWNER)
    record(group, actor, "conversation.created", name=group.name)
    for user in others:
        if user.pk in agreed:
            Membership.objects.create(conversation=group, user=user)
            record(group, actor, "member.joined", user_id=str(user.pk), role=Role.MEMBER.value)
        else:
            invite(actor, group, user, is_counted=True)
    announce(group.pk, added=[actor.pk, *(user.pk for user in others if user.pk in agreed)])
    return group


@transaction.atomic
def rename_group(actor: User, *, conversation: Conversation, name: str) -> Conversation:
    group = locked(conversation)
    moderator(group, actor)
    name = _clean_name(name)
    if name != group.name:
        group.name = name
        if group.is_public:
            check_public_name(actor, group)
        _save(group)
        record(group, actor, "conversation.renamed", name=name)
        announce(group.pk)
    return group


@transaction.atomic
def describe_group(actor: User, *, conversation: Conversation, description: str) -> Conversation:
    group = locked(conversation)
    moderator(group, actor)
    description = _clean_description(description)
    if description != group.description:
        group.description = description
        _save(group)
        record(group, actor, "conversation.described", description=description)
        announce(group.pk)
    return group


@transaction.atomic
def publish_group(actor: User, *, conversation: Conversation, is_public: bool) -> Conversation:
    """Lists the group for everyone to join by name, or takes it off the list; only owners may."""
    group = locked(conversation)
    moderator(group, actor)
    if is_public != group.is_public:
        owner(group, actor)
        group.is_public = is_public
        if is_public:
            check_public_name(actor, group)
        _save(group)
    return group


@transaction.atomic
def slow_group(actor: User, *, conversation: Conversation, slow_seconds: int) -> Conversation:
    """Members without a role wait that long between two messages; one of SLOWNESSES."""
    if slow_seconds not in SLOWNESSES:
        raise InvalidError(f"One of {', '.join(map(str, SLOWNESSES))} seconds.", field="slow_seconds")
    group = locked(conversation)
    moderator(group, actor)
    if slow_seconds != group.slow_seconds:
        group.slow_seconds = slow_seconds
        _save(group)
        record(group, actor, "conversation.slowed", slow_seconds=slow_seconds)
        announce(group.pk)
    return group


@transaction.atomic
def change_group(
    actor: User,
    *,
    conversation: Conversation,
    name: str | None = None,
    description: str | None = None,
    is_public: bool | None = None,
    slow_seconds: int | None = None,
) -> Conversation:
    """All of what is not None, or nothing."""
    group = locked(conversation)
    moderator(group, actor)
    if is_public is False:  # a name that could not be public may still be private
        group = publish_group(actor, conversation=group, is_public=False)
    if name is not None:
        group = rename_group(actor, conversation=group, name=name)
    if is_public:
        group = publish_group(actor, conversation=group, is_public=True)
    if description is not None:
        group = describe_group(actor, conversation=group, description=description)
    if slow_seconds is not None:
        group = slow_group(actor, conversation=group, slow_seconds=slow_seconds)
    return group


@transaction.atomic
def delete_group(actor: User, *, conversation: Conversation) -> None:
    """For good, with all that was said; only owners may."""
    group = locked(conversation)
    owner(group, actor)
    delete_conversation(group)


@transaction.atomic
def delete_conversation(conversation: Conversation) -> None:
    """Of any kind and without asking who wants it: for staff, and for verbs that have asked."""
    conversation_id = conversation.pk
    removed = list(conversation.memberships.values_list("user_id", flat=True))
    for invitee_id in conversation.invitations.live().exclude(invitee=None).values_list("invitee_id", flat=True):
        announce_invitations(invitee_id)
    PendingChange.objects.filter(conversation_id=conversation_id).delete()
    conversation.delete()
    announce(conversation_id, removed=removed, deleted=True)


def _clean_name(name: str) -> str:
    return clean_name(name, field="name", most=NAME_CHARACTERS, required=True)


def _clean_description(description: str) -> str:
    return clean_text(description, field="description", most=DESCRIPTION_CHARACTERS, lines=True)


def _save(group: Conversation) -> None:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError:
        raise NameTakenError(field="name") from None
