"""What happened to members, in words: names keep their direction, and their marks, to themselves."""

from __future__ import annotations

import uuid

from messaging.notes import note, note_html
from messaging.protocol import ConversationRenamed, MemberJoined

ALICE, BOB, CAROL = (uuid.uuid4() for _ in range(3))
NAMES = {ALICE: "אבג", BOB: "you & <b>co</b>"}
SIGNED = {"conversation_id": uuid.uuid4(), "id": uuid.uuid4(), "key": uuid.uuid4(), "seq": 3, "sent_at": ""}


def test_names_stand_apart_from_the_sentence() -> None:
    joined = MemberJoined(**SIGNED, author_id=ALICE, user_id=BOB)
    assert note(joined, CAROL, NAMES) == "\u2068אבג\u2069 added you & <b>co</b>"
    assert note_html(joined, CAROL, NAMES) == "<bdi>אבג</bdi> added <bdi>you &amp; &lt;b&gt;co&lt;/b&gt;</bdi>"
    assert note_html(joined, ALICE, NAMES) == "You added <bdi>you &amp; &lt;b&gt;co&lt;/b&gt;</bdi>"
    assert note_html(joined, CAROL, {}) == "Someone who left added someone who left"


def test_a_new_name_of_a_group_stands_apart_too() -> None:
    renamed = ConversationRenamed(**SIGNED, author_id=BOB, name="<i>ש</i>")
    assert note_html(renamed, CAROL, NAMES).endswith("renamed this to “<bdi>&lt;i&gt;ש&lt;/i&gt;</bdi>”")
    assert note(renamed, CAROL, NAMES).startswith("you & ")
