"""Fills a Parley's database with people and conversations, in bulk, as its own API would leave them.

Run with that Parley's environment. Reads cases from stdin as JSON (see cases.Case) and prints for each its rooms: the
conversation's id and, of the members that will connect, user id and token digest.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
django.setup()

from accounts.models import Token, User, new_id  # noqa: E402  # Django must be set up first
from groups.models import GROUP_MEMBERS_MOST, Conversation, Kind, Membership, Role  # noqa: E402
from messaging import markup  # noqa: E402
from messaging.history import Draft, history  # noqa: E402
from messaging.protocol import MessageSent  # noqa: E402

AT_ONCE = 2_000
DRAFTS_AT_ONCE = 250
READY_SECONDS = 120


def people(count: int) -> list[User]:
    users = [User(username=f"p{new_id().hex}", password="!") for _ in range(count)]
    return User.objects.bulk_create(users, batch_size=AT_ONCE)


def tokens(users: list[User]) -> list[Token]:
    made = [Token(digest=uuid.uuid4().hex * 4, token_key=uuid.uuid4().hex[:8], user=user) for user in users]
    return Token.objects.bulk_create(made, batch_size=AT_ONCE)


def conversations(count: int, members: list[User]) -> list[Conversation]:
    """Groups, or channels where a group would be too small; the first member owns them and speaks."""
    kind = Kind.GROUP if len(members) <= GROUP_MEMBERS_MOST else Kind.CHANNEL
    made = [Conversation(kind=kind, name=f"c{number}") for number in range(count)]
    Conversation.objects.bulk_create(made, batch_size=AT_ONCE)
    rows = (
        Membership(conversation=one, user=user, role=Role.MEMBER if index else Role.OWNER)
        for one in made
        for index, user in enumerate(members)
    )
    Membership.objects.bulk_create(rows, batch_size=AT_ONCE)
    return made


async def talk(conversation: Conversation, author: User, count: int) -> None:
    """Messages of the past, through the history's own door."""
    for start in range(0, count, DRAFTS_AT_ONCE):
        drafts = [_draft(conversation, author, number) for number in range(start, min(count, start + DRAFTS_AT_ONCE))]
        await history().commit(drafts)


def _draft(conversation: Conversation, author: User, number: int) -> Draft:
    body = f"message {number} of the past, as long as people's messages are"
    change = MessageSent(conversation_id=conversation.id, id=new_id(), key=uuid.uuid4(), author_id=author.id, body=body)
    return Draft(change, preview=markup.preview(body, None))


def make_room(case: dict[str, Any]) -> tuple[Conversation, list[User]]:
    users = people(case["members"])
    [conversation] = conversations(1, users + people(case["away"]))
    conversations(case["elsewhere"], users)
    return conversation, users


async def await_ready() -> None:
    """Nodes that have just started take their time."""
    async with asyncio.timeout(READY_SECONDS):
        while await history().missing():  # noqa: ASYNC110  # other processes set no event
            await asyncio.sleep(0.5)


async def talk_all(case: dict[str, Any], rooms: list[tuple[Conversation, list[User]]]) -> None:
    await await_ready()
    for conversation, users in rooms:
        await talk(conversation, users[0], case["history"])
    await history().rest()


def make(case: dict[str, Any]) -> list[dict[str, Any]]:
    rooms = [make_room(case) for _ in range(case["rooms"])]
    asyncio.run(talk_all(case, rooms))
    return [
        {
            "id": str(conversation.id),
            "members": [[str(token.user_id), f"token:{token.digest}"] for token in tokens(users)],
        }
        for conversation, users in rooms
    ]


def main() -> None:
    made = {name: make(case) for name, case in json.load(sys.stdin).items()}
    history().close()
    json.dump(made, sys.stdout)


if __name__ == "__main__":
    main()
