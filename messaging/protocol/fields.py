"""The limits of the wire, and what a value in it may be."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

SUBPROTOCOL = "parley.v1"
BODY_CHARACTERS = 8_000
FRAME_BYTES = 65_536
PAGE_CHANGES = 200
# Whom one socket may watch.
WATCHED_MOST = 500
PEOPLE_A_PAGE = 100
POSITIONS_A_PAGE = 200
CURSOR_CHARACTERS = 100
SEQ_MOST = 2**53 - 1
# Up to so many members a conversation tells of each how far they have come.
RECEIPTS_MOST = 100
# A user who writes says so once in this time and conversation; for as long it holds.
TYPING_SECONDS = 3
# Of a client's own names we give back no more.
NAMED_CHARACTERS = 64

# What somebody who is connected looks like to others.
Attendance = Literal["online", "away"]
Seq = Annotated[int, Meta(ge=0, le=SEQ_MOST)]
# The seq of a message that a command is about.
Target = Annotated[int, Meta(ge=1, le=SEQ_MOST)]
Ref = Annotated[str, Meta(min_length=1, max_length=NAMED_CHARACTERS)]
# Whether it is an emoji is for messaging.emojis to say.
Emoji = Annotated[str, Meta(min_length=1, max_length=32)]
# PostgreSQL among others cannot keep U+0000.
# Beside a file it may be empty.
Caption = Annotated[str, Meta(max_length=BODY_CHARACTERS, pattern=r"^[^\x00]*\Z")]
# A finished upload, as it is told there.
FileId = Annotated[str, Meta(min_length=1, max_length=2_000)]
ContentType = Literal["text", "image", "file"]
