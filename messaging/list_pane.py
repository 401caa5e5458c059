"""The conversation list as its pane draws it: names, previews with who said it, and what the scripts start from."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import BadRequest
from django.db.models import Count
from django.http import Http404, HttpRequest

from accounts.called import call
from accounts.models import User
from accounts.pages import me
from groups.models import Kind, Membership
from messaging.drafting import read_drafts
from messaging.listing import GONE, ConversationRow, conversation_rows, list_conversations
from messaging.members import LEADING
from messaging.overview import Key, read_cursor, write_cursor
from messaging.protocol import DraftChanged, UnreadCounted
from messaging.reports import count_reports

# More than any screen shows at once.
LIST_ROWS = 30


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


@dataclass(slots=True)
class Pane:
    """The page of the list that a page shows beside it. `last`: the key of its last row where there are more below;
    `is_first`: nothing is above; `shown`: the conversation that the page is about; `elsewhere`: what is unread in the
    conversations that the page does not carry."""

    rows: list[PaneRow]
    shown: PaneRow | None
    last: Key | None
    is_first: bool
    elsewhere: UnreadCounted

    def __iter__(self) -> Iterator[PaneRow]:
        """All that the page carries."""
        yield from self.rows
        if self.shown and self.shown not in self.rows:
            yield self.shown

    @property
    def cursor(self) -> str | None:
        return write_cursor(self.last) if self.last else None


def read_pane(request: HttpRequest) -> Pane:
    """The page of the list that ?list= asks for, else the first."""
    return _read(me(request), None, _asked(request))


def read_pane_about(request: HttpRequest, conversation_id: uuid.UUID) -> tuple[Pane, PaneRow]:
    """The same, and the row of the conversation that the page is about. Http404 when it is none of the user's."""
    pane = _read(me(request), conversation_id, _asked(request))
    if pane.shown is None:
        raise Http404
    return pane, pane.shown


def _asked(request: HttpRequest) -> Key | None:
    try:
        return read_cursor(request.GET["list"]) if request.GET.get("list") else None
    except ValueError:
        raise BadRequest("There is no such page of the list.") from None


def _read(user: User, conversation_id: uuid.UUID | None, below: Key | None) -> Pane:
    listed = list_conversations(user, limit=LIST_ROWS, below=below)
    conversations, shown = listed.rows, None
    if conversation_id and conversation_id not in {row.id for row in conversations}:
        conversations = [*conversations, *conversation_rows(user, [conversation_id])]
    rows = pane_rows(user, conversations)
    if conversation_id:
        shown = next((item for item in rows if item.row.id == conversation_id), None)
    carried = [item.row.id for item in rows]
    elsewhere = listed.overview.count(known=carried)
    return Pane(rows[: len(listed.rows)], shown, listed.last, below is None, elsewhere)


def pane_rows(user: User, rows: Sequence[ConversationRow]) -> list[PaneRow]:
    """These conversations as rows."""
    counts = _members_counts(rows)
    names = names_for(user, [row.position.preview.author_id for row in rows if row.position.preview])
    drafts, reports = read_drafts(user, [row.id for row in rows]), _reports(user, rows)
    return [
        PaneRow(row, counts.get(row.id), _author(user, row, names), drafts.get(row.id), reports.get(row.id, 0))
        for row in rows
    ]


def rows_of(user: User, conversation_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, PaneRow]:
    """Those of these conversations that are the user's, by id: for what a page says of others than it shows."""
    rows = conversation_rows(user, set(conversation_ids))
    return {row.id: PaneRow(row, None, "") for row in rows}


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
    """What the user calls people, with the username where the name is not one person's alone."""
    return {pk: str(called) for pk, called in call(user, User.objects.filter(pk__in=set(ids))).items()}


def seed(user: User, pane: Pane) -> dict[str, Any]:
    """What static/js/main.js fills its store with."""
    rows = list(pane)
    return {
        "me": {"id": user.pk, "name": user.name, "username": user.username, "quiet_hours": user.quiet_hours},
        "conversations": [_row_seed(item) for item in rows],
        "drafts": [msgspec.to_builtins(item.draft) for item in rows if item.draft],
        "positions": [msgspec.to_builtins(item.row.position) for item in rows],
        "list": {
            "cursor": pane.cursor,
            "is_first": pane.is_first,
            "elsewhere": msgspec.to_builtins(pane.elsewhere),
        },
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
