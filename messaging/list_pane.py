"""The conversation list as its pane draws it: names, previews with who said it, and what the scripts start from."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Count
from django.http import Http404

from accounts.models import Contact, User
from groups.models import Kind, Membership
from messaging.drafting import read_drafts
from messaging.listing import GONE, ConversationRow, conversation_rows
from messaging.members import LEADING
from messaging.protocol import DraftChanged
from messaging.reports import count_reports


@dataclass(slots=True)
class PaneRow:
    """One row: the conversation, how many are in it where it is a group, who said its newest message where that is
    worth saying, what the user has written there and not sent, and how many open reports wait for them."""

    row: ConversationRow
    members_count: int | None
    author: str
    draft: DraftChanged | None = None
    reports: int = 0

    @property
    def unread(self) -> int:
        return self.row.position.unread

    @property
    def last_at(self) -> datetime:
        return datetime.fromisoformat(self.row.last_at)


def opened(pane: Sequence[PaneRow], conversation_id: uuid.UUID) -> PaneRow:
    """The row of the conversation that a page is about. Http404 when it is none of the user's."""
    for item in pane:
        if item.row.id == conversation_id:
            return item
    raise Http404


def pane_rows(user: User) -> list[PaneRow]:
    """The user's conversations, where somebody spoke last first."""
    rows = conversation_rows(user)
    counts = _members_counts(rows)
    names = names_for(user, [row.position.preview.author_id for row in rows if row.position.preview])
    drafts, reports = read_drafts(user), _reports(user, rows)
    return [
        PaneRow(row, counts.get(row.id), _author(user, row, names), drafts.get(row.id), reports.get(row.id, 0))
        for row in rows
    ]


def _reports(user: User, rows: Sequence[ConversationRow]) -> dict[uuid.UUID, int]:
    """Who leads no group is not asked for."""
    return count_reports(user) if any(row.kind != Kind.DIRECT and row.role in LEADING for row in rows) else {}


def _members_counts(rows: Sequence[ConversationRow]) -> dict[uuid.UUID, int]:
    """Of a channel it is not counted for every page."""
    groups = [row.id for row in rows if row.kind == Kind.GROUP]
    counted = Membership.objects.filter(conversation_id__in=groups).values("conversation_id").annotate(n=Count("id"))
    return dict(counted.values_list("conversation_id", "n"))


def _author(user: User, row: ConversationRow, names: dict[uuid.UUID, str]) -> str:
    preview = row.position.preview
    if preview is None:
        return ""
    if preview.author_id == user.pk:
        return "You"
    return "" if row.kind == Kind.DIRECT else names.get(preview.author_id, GONE)


def names_for(user: User, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What the user calls people: their own nickname for a contact, else the display name."""
    wanted = set(ids)
    names = {person.pk: person.name for person in User.objects.filter(pk__in=wanted)}
    nicknames = Contact.objects.filter(owner=user, contact_id__in=wanted).exclude(nickname="")
    return names | dict(nicknames.values_list("contact_id", "nickname"))


def seed(user: User, rows: Sequence[PaneRow]) -> dict[str, Any]:
    """What static/js/main.js fills its store with."""
    return {
        "me": {"id": user.pk, "name": user.name, "username": user.username, "quiet_hours": user.quiet_hours},
        "conversations": [_row_seed(item) for item in rows],
        "drafts": [msgspec.to_builtins(item.draft) for item in rows if item.draft],
        "positions": [msgspec.to_builtins(item.row.position) for item in rows],
    }


def _row_seed(item: PaneRow) -> dict[str, Any]:
    row = item.row
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "other_id": row.other_id,
        "role": row.role,
        "slowSeconds": row.slow_seconds,
        "description": row.description,
        "members_count": item.members_count,
        "reports": item.reports,
        "movedAt": row.last_at,
    }
