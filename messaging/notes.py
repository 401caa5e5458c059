"""What happened to a conversation and its members, in plain words; static/js/notes.js says the same in the browser."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.labels import isolate
from messaging.protocol import (
    AnyChange,
    ConversationConverted,
    ConversationCreated,
    ConversationDescribed,
    ConversationRenamed,
    ConversationSlowed,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    RoleChanged,
)

Names = Mapping[uuid.UUID, str]
ROLES = {"owner": "an owner", "admin": "an admin", "member": "a member"}


def note(change: AnyChange, me: uuid.UUID, names: Names) -> str:
    """A membership change in plain words."""
    return _sentence(change, me, names, isolate)


def note_html(change: AnyChange, me: uuid.UUID, names: Names) -> SafeString:
    """The same as HTML, in which each name keeps its direction to itself: "A added B" never reads as "B added A"."""
    return mark_safe(_sentence(change, me, names, lambda name: format_html("<bdi>{}</bdi>", name)))


def _sentence(change: AnyChange, me: uuid.UUID, names: Names, show: Callable[[str], str]) -> str:
    def call(user_id: uuid.UUID) -> str:
        if user_id == me:
            return "you"
        return show(names[user_id]) if user_id in names else "someone who left"

    # A sentence begins with "You" or "Someone", but with a name as its owner writes it.
    author = call(change.author_id)
    is_named = change.author_id != me and change.author_id in names
    words = _of_conversation(change, author, call, show)
    return words if is_named else re.sub(r"^(you|someone)\b", lambda word: word[0].title(), words)


def _of_conversation(
    change: AnyChange, author: str, call: Callable[[uuid.UUID], str], show: Callable[[str], str]
) -> str:
    match change:
        case ConversationCreated():
            return f"{author} created “{show(change.name)}”"
        case ConversationRenamed():
            return f"{author} renamed this to “{show(change.name)}”"
        case ConversationDescribed():
            return f"{author} changed the description"
        case ConversationConverted():
            return "This became a channel: from here on its owner and admins post"
        case ConversationSlowed():
            return f"{author} {_slowness(change.slow_seconds)}"
    return _of_members(change, author, call)


def _of_members(change: AnyChange, author: str, call: Callable[[uuid.UUID], str]) -> str:
    match change:
        case MemberJoined() if change.user_id == change.author_id:
            return f"{call(change.user_id)} joined"
        case MemberJoined():
            role = "" if change.role == "member" else f" as {ROLES.get(change.role, change.role)}"
            return f"{author} added {call(change.user_id)}{role}"
        case MemberLeft():
            return f"{call(change.user_id)} left"
        case MemberRemoved():
            return f"{author} removed {call(change.user_id)}"
        case RoleChanged():
            return f"{author} made {call(change.user_id)} {ROLES.get(change.role, change.role)}"
    return ""


def _slowness(seconds: int) -> str:
    if not seconds:
        return "turned slow mode off"
    return f"turned slow mode on: {duration(seconds)} between two messages"


def duration(seconds: int) -> str:
    """ "10 seconds", "a minute", "5 minutes"."""
    if seconds < 60:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = seconds // 60
    return "a minute" if minutes == 1 else f"{minutes} minutes"
