"""From what somebody typed into a search to what they may see of it: their conversations now, and the people they mean.

Memberships are read where they are written, at every search: who has left finds nothing of it any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from django.db.models import Q

from accounts.errors import InvalidError, NotFoundError
from accounts.followers import from_primary
from accounts.lookalikes import plain, skeleton
from accounts.models import Contact, User
from groups.models import Conversation, Kind, Membership
from messaging.search import Asked, Wanted, read_query
from messaging.search.folding import folded

ME = "me"


@from_primary()
def wanted_by(user: User, text: str, *, conversation_id: UUID | None = None, zone: tzinfo = UTC) -> Wanted:
    """Raises InvalidError with `q` or the operator as its field, and NotFoundError for a conversation of others."""
    asked = read_query(text, zone)
    return Wanted(
        conversation_ids=_conversations(user, asked, conversation_id),
        terms=asked.terms,
        grams=asked.grams,
        author_ids=_people(user, asked.people) if asked.people else None,
        kinds=asked.kinds,
        since=_wire_time(asked.since),
        until=_wire_time(asked.until),
    )


def _wire_time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z") if moment else ""


def _conversations(user: User, asked: Asked, conversation_id: UUID | None) -> list[UUID]:
    own = list(Conversation.objects.visible_to(user).only("id", "kind", "name"))
    ids = {conversation.pk for conversation in own}
    if conversation_id is not None and conversation_id not in ids:
        raise NotFoundError("There is no such conversation.", field="conversation_id")
    if asked.places:
        ids &= _called(user, own, asked.places)
    return sorted(ids if conversation_id is None else ids & {conversation_id})


def _called(user: User, own: Sequence[Conversation], names: Iterable[str]) -> set[UUID]:
    """Conversations by the names their list shows, or the username of the other person."""
    called = [(folded(one.name), one.pk) for one in own if one.kind != Kind.DIRECT]
    called += _others(user, [one.pk for one in own if one.kind == Kind.DIRECT])
    found: set[UUID] = set()
    for name in names:
        meant = {id_ for known, id_ in called if known in (folded(name), folded(name.removeprefix("@")))}
        if not meant:
            raise InvalidError(f"None of your conversations is called “{name}”.", field="in")
        found |= meant
    return found


def _others(user: User, direct: Sequence[UUID]) -> list[tuple[str, UUID]]:
    nicknames = dict(Contact.objects.filter(owner=user).values_list("contact_id", "nickname"))
    members = Membership.objects.filter(conversation_id__in=direct).exclude(user=user).select_related("user")
    return [
        (folded(name), member.conversation_id)
        for member in members
        for name in (member.user.username, member.user.name, nicknames.get(member.user_id))
        if name
    ]


def _people(user: User, names: Iterable[str]) -> set[UUID]:
    """Everybody who is called so: by username, else by the name that is shown."""
    found: set[UUID] = set()
    for name in names:
        meant = {user.pk} if name.lower() == ME else _people_called(user, name.removeprefix("@"))
        if not meant:
            raise InvalidError(f"Nobody is called “{name}”.", field="from")
        found |= meant
    return found


def _people_called(user: User, name: str) -> set[UUID]:
    if known := User.objects.filter(username__iexact=name).values_list("pk", flat=True).first():
        return {known}
    nicknamed = Contact.objects.filter(owner=user, nickname__iexact=name).values("contact_id")
    called = User.objects.filter(Q(display_name__iexact=name) | Q(pk__in=nicknamed)).values_list("pk", flat=True)
    alike = User.objects.filter(display_skeleton=skeleton(name)).values_list("pk", "display_name")
    return {*called, *(pk for pk, shown in alike if plain(shown) == plain(name))}
