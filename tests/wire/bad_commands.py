"""Commands that are wrong, by what is wrong with them, and what each is answered."""

from __future__ import annotations

import json
import uuid
from typing import Any

from messaging.protocol import BODY_CHARACTERS, PAGE_CHANGES, SEQ_MOST, WATCHED_MOST

KEY = "5f0c3c57-4a3e-4ab4-8b5b-0f6a4d1f2a10"
ABSENT = "01920000-0000-7000-8000-00000000000c"


def send(**fields: Any) -> str:
    """A message.send, right but for what is given; `...` leaves a field out."""
    return shaped({"type": "message.send", "key": KEY, "conversation_id": "GROUP", "body": "a"} | fields)


def change(name: str, **fields: Any) -> str:
    """A command about an earlier message, right but for what is given and that there is no such message."""
    return shaped({"type": name, "key": KEY, "conversation_id": "GROUP", "target": SEQ_MOST} | fields)


def get(**fields: Any) -> str:
    return shaped({"type": "history.get", "ref": "r", "conversation_id": "GROUP"} | fields)


def mark(**fields: Any) -> str:
    return shaped({"type": "read.mark", "ref": "r", "conversation_id": "GROUP", "seq": 1} | fields)


def mark_unread(**fields: Any) -> str:
    return shaped({"type": "unread.mark", "ref": "r", "conversation_id": "GROUP", "seq": 1} | fields)


def people(**fields: Any) -> str:
    return shaped({"type": "presence.watch", "ref": "r", "user_ids": []} | fields)


def shaped(fields: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in fields.items() if value is not ...}, ensure_ascii=False)


def bare(number: str) -> str:
    """A mark whose seq is this text, whether JSON has such a number or not."""
    return mark(seq="NUMBER").replace('"NUMBER"', number)


WATCH_ABSENT = shaped({"type": "conversation.watch", "conversation_id": ABSENT})
TYPE_ABSENT = shaped({"type": "typing.start", "conversation_id": ABSENT})
MALFORMED = {
    "nothing": " ",
    "a word": "hello",
    "half an object": '{"type":"ping"',
    "two objects": '{"type":"ping"}{"type":"ping"}',
    "a string": '"ping"',
    "a number": "1",
    "a list": '[{"type":"ping"}]',
    "null": "null",
    "true": "true",
    "20,000 brackets": "[" * 20_000,
    "10,000 braces": '{"a":' * 10_000,
    "NaN": bare("NaN"),
    "Infinity": bare("Infinity"),
    "-Infinity": bare("-Infinity"),
    "a leading zero": bare("01"),
    "a hexadecimal number": bare("0x1"),
    "single quotes": "{'type':'ping'}",
    "a comment": '{"type":"ping"/**/}',
    "a comma at the end": '{"type":"ping",}',
    "a byte order mark": '\ufeff{"type":"ping"}',
    "a bare control character": '{"type":"ping","ref":"\x01"}',
    "a bad escape": '{"type":"ping","ref":"\\x41"}',
    "a lone high surrogate": send(body="BODY").replace("BODY", "\\ud800"),
    "a lone low surrogate": send(body="BODY").replace("BODY", "a\\udc00b"),
    "surrogates the wrong way round": send(body="BODY").replace("BODY", "\\udc00\\ud800"),
    "a surrogate in a name": '{"type":"ping","\\ud800":1}',
}
# Wrong twice: no JSON, or too deep, and of the wrong kind besides.
NESTED = {
    "20,000 brackets in a field": '{"type":"ping","ref":' + "[" * 20_000,
    "20,000 closed brackets in a field": '{"type":"ping","ref":' + "[" * 20_000 + "]" * 20_000 + "}",
    "20,000 brackets in an unknown field": '{"type":"ping","a":' + "[" * 20_000 + "]" * 20_000 + "}",
    "10,000 braces in an unknown field": '{"type":"ping","a":' + '{"a":' * 10_000 + "1" + "}" * 10_001,
    "20,000 brackets before the type": '{"a":' + "[" * 20_000 + "]" * 20_000 + ',"type":"ping"}',
}
UNKNOWN = {
    **{
        name: shaped({"type": name, "ref": "r"})
        for name in (
            "",
            "__class__",
            "websocket.disconnect",
            "chat_message",
            "receive",
            "MESSAGE.SEND",
            "ack",
            "resume",
        )
    },
    "a type of 60 kB": shaped({"type": "a" * 60_000, "ref": "r"}),
    "a type of NUL": shaped({"type": "\0", "ref": "r"}),
    "no type": shaped({"ref": "r"}),
    "an empty object": "{}",
    "a number as type": shaped({"type": 1, "ref": "r"}),
    "null as type": shaped({"type": None, "ref": "r"}),
    "a list as type": shaped({"type": ["ping"], "ref": "r"}),
}
# name: (the frame, the code, the field)
REFUSED: dict[str, tuple[str, str, str]] = {
    "no key": (send(key=...), "invalid", "key"),
    "a null key": (send(key=None), "invalid", "key"),
    "a number as key": (send(key=1), "invalid", "key"),
    "a word as key": (send(key="a"), "invalid", "key"),
    "a key of 10 kB": (send(key="a" * 10_000), "invalid", "key"),
    "a key with a line break": (send(key=KEY + "\n"), "invalid", "key"),
    "no body": (send(body=...), "invalid", "body"),
    "a null body": (send(body=None), "invalid", "body"),
    "a number as body": (send(body=1), "invalid", "body"),
    "an object as body": (send(body={"a": "b"}), "invalid", "body"),
    "an empty body": (send(body=""), "invalid", "body"),
    "a body of blanks": (send(body=" \n\t\u3000"), "invalid", "body"),
    "a body of zero width": (send(body="\u200b\u200d\ufeff\u2060"), "invalid", "body"),
    "a body of marks of direction": (send(body="\u202e\u202c\u2066\u2069"), "invalid", "body"),
    "a body with NUL": (send(body="a\0b"), "invalid", "body"),
    "a body that ends in NUL": (send(body="a\n\0"), "invalid", "body"),
    "a body one too long": (send(body="a" * (BODY_CHARACTERS + 1)), "invalid", "body"),
    "a body of 64 kB": (send(body="a" * 65_000), "invalid", "body"),
    "a body of too many emoji": (send(body="👍" * (BODY_CHARACTERS + 1)), "invalid", "body"),
    "no conversation": (send(conversation_id=...), "invalid", "conversation_id"),
    "conversation 0": (send(conversation_id="0"), "invalid", "conversation_id"),
    "a number as conversation": (send(conversation_id=0), "invalid", "conversation_id"),
    "a negative conversation": (send(conversation_id=-1), "invalid", "conversation_id"),
    "a list of conversations": (send(conversation_id=[ABSENT]), "invalid", "conversation_id"),
    "SQL as conversation": (send(conversation_id="' OR 1=1; --"), "invalid", "conversation_id"),
    "an address as conversation": (send(conversation_id="../../etc/passwd"), "invalid", "conversation_id"),
    "a conversation in braces": (send(conversation_id="{" + ABSENT + "}"), "invalid", "conversation_id"),
    "an absent conversation": (send(conversation_id=ABSENT), "not_found", "conversation_id"),
    "the nil conversation": (send(conversation_id=str(uuid.UUID(int=0))), "not_found", "conversation_id"),
    "a forbidden conversation": (send(conversation_id="FORBIDDEN"), "not_found", "conversation_id"),
    "a user as conversation": (send(conversation_id="ALICE"), "not_found", "conversation_id"),
    "a time from the client": (send(sent_at="1970-01-01T00:00:00Z"), "invalid", "sent_at"),
    "a time in 9999": (send(sent_at="9999-12-31T23:59:59Z"), "invalid", "sent_at"),
    "another author": (send(author_id="ALICE"), "invalid", "author_id"),
    "a seq of one's own": (send(seq=1), "invalid", "seq"),
    "html of one's own": (send(html="<script>"), "invalid", "html"),
    "a ref where there is none": (send(ref="r"), "invalid", "ref"),
    "a field __class__": (send(__class__="a"), "invalid", "__class__"),
    "a name of 1,000 letters": (send(**{"a" * 1_000: 1}), "invalid", "a" * 64),
    "a reply to 0": (send(reply_to=0), "invalid", "reply_to"),
    "a reply to null": (send(reply_to=None), "invalid", "reply_to"),
    "a reply to a text": (send(reply_to="1"), "invalid", "reply_to"),
    "a reply to 2^53": (send(reply_to=SEQ_MOST + 1), "invalid", "reply_to"),
    "a reply to nothing": (send(reply_to=SEQ_MOST), "not_a_message", "reply_to"),
    "a reply to a creation": (send(reply_to=1), "not_a_message", "reply_to"),
    "a reply in a forbidden conversation": (
        send(reply_to=1, conversation_id="FORBIDDEN"),
        "not_found",
        "conversation_id",
    ),
    "an edit without a target": (change("message.edit", target=..., body="a"), "invalid", "target"),
    "an edit without a body": (change("message.edit"), "invalid", "body"),
    "an edit of nothing": (change("message.edit", body="a"), "not_a_message", "target"),
    "an edit of a joining": (change("message.edit", target=2, body="a"), "not_a_message", "target"),
    "an edit in a forbidden conversation": (
        change("message.edit", conversation_id="FORBIDDEN", target=1, body="a"),
        "not_found",
        "conversation_id",
    ),
    "a deletion without a key": (change("message.delete", key=...), "invalid", "key"),
    "a deletion of 0": (change("message.delete", target=0), "invalid", "target"),
    "a deletion of -1": (change("message.delete", target=-1), "invalid", "target"),
    "a deletion of 2^53": (change("message.delete", target=SEQ_MOST + 1), "invalid", "target"),
    "a deletion of half a message": (change("message.delete", target=1.5), "invalid", "target"),
    "a deletion with a body": (change("message.delete", body="a"), "invalid", "body"),
    "a deletion of nothing": (change("message.delete"), "not_a_message", "target"),
    "a deletion in an absent conversation": (
        change("message.delete", conversation_id=ABSENT, target=1),
        "not_found",
        "conversation_id",
    ),
    **{
        f"a reaction of {name}": (change("reaction.add", target=1, emoji=emoji), "invalid", "emoji")
        for name, emoji in {
            "nothing": ...,
            "no text": "",
            "a letter": "a",
            "a digit": "1",
            "two emoji": "👍👍",
            "an emoji and a space": "👍 ",
            "a skin tone": "🏽",
            "a joiner": "\u200d",
            "one regional letter": "🇩",
            "33 characters": "👍" * 33,
            "a number": 1,
        }.items()
    },
    "a reaction to nothing": (change("reaction.add", emoji="👍"), "not_a_message", "target"),
    "a reaction without a target": (change("reaction.remove", target=..., emoji="👍"), "invalid", "target"),
    "a reaction in a forbidden conversation": (
        change("reaction.remove", conversation_id="FORBIDDEN", target=1, emoji="👍"),
        "not_found",
        "conversation_id",
    ),
    "no ref": (get(ref=...), "invalid", "ref"),
    "an empty ref": (get(ref=""), "invalid", "ref"),
    "a ref of 65": (get(ref="a" * 65), "invalid", "ref"),
    "a number as ref": (get(ref=1), "invalid", "ref"),
    "a limit of 0": (get(limit=0), "invalid", "limit"),
    "a limit of 201": (get(limit=PAGE_CHANGES + 1), "invalid", "limit"),
    "a limit of 10^9": (get(limit=10**9), "invalid", "limit"),
    "true as limit": (get(limit=True), "invalid", "limit"),
    "a text as limit": (get(limit="50"), "invalid", "limit"),
    "half a limit": (get(limit=1.5), "invalid", "limit"),
    "null as limit": (get(limit=None), "invalid", "limit"),
    "after -1": (get(after=-1), "invalid", "after"),
    "after 2^53": (get(after=SEQ_MOST + 1), "invalid", "after"),
    "before 2^64": (get(before=2**64), "invalid", "before"),
    "null as before": (get(before=None), "invalid", "before"),
    "after and before": (get(after=1, before=2), "invalid", "before"),
    "history of an absent conversation": (get(conversation_id=ABSENT), "not_found", "conversation_id"),
    "history of a forbidden one": (get(conversation_id="FORBIDDEN"), "not_found", "conversation_id"),
    "no seq": (mark(seq=...), "invalid", "seq"),
    "a seq of -1": (mark(seq=-1), "invalid", "seq"),
    "true as seq": (mark(seq=True), "invalid", "seq"),
    "a text as seq": (mark(seq="1"), "invalid", "seq"),
    "half a seq": (mark(seq=0.5), "invalid", "seq"),
    "a seq of 1.0": (bare("1.0"), "invalid", "seq"),
    "a seq of 2^53": (mark(seq=SEQ_MOST + 1), "invalid", "seq"),
    "a seq of 2^53+1": (mark(seq=2**53 + 1), "invalid", "seq"),
    "a seq of 2^63": (mark(seq=2**63), "invalid", "seq"),
    "a seq of 2^64": (mark(seq=2**64), "invalid", "seq"),
    "a seq of 5,000 digits": (bare("9" * 5_000), "invalid", "seq"),
    "a seq of 1e400": (bare("1e400"), "invalid", "seq"),
    "a seq above the head": (mark(seq=SEQ_MOST), "seq_above_head", "seq"),
    "watching without a conversation": (shaped({"type": "conversation.watch"}), "invalid", "conversation_id"),
    "watching a word": (shaped({"type": "conversation.watch", "conversation_id": "a"}), "invalid", "conversation_id"),
    "watching an absent one": (WATCH_ABSENT, "not_found", "conversation_id"),
    "writing nowhere": (shaped({"type": "typing.start"}), "invalid", "conversation_id"),
    "writing in an absent one": (TYPE_ABSENT, "not_found", "conversation_id"),
    "writing for another": (shaped(json.loads(TYPE_ABSENT) | {"user_id": ABSENT}), "invalid", "user_id"),
    "watching people without a ref": (people(ref=...), "invalid", "ref"),
    "watching nobody said": (people(user_ids=...), "invalid", "user_ids"),
    "watching null": (people(user_ids=None), "invalid", "user_ids"),
    "watching one as a text": (people(user_ids=ABSENT), "invalid", "user_ids"),
    "watching a word among people": (people(user_ids=[ABSENT, "a"]), "invalid", "user_ids[1]"),
    "watching a number": (people(user_ids=[1]), "invalid", "user_ids[0]"),
    "watching 501 people": (people(user_ids=[ABSENT] * (WATCHED_MOST + 1)), "invalid", "user_ids"),
    "watching for another": (people(user_id=ABSENT), "invalid", "user_id"),
    "no state": (shaped({"type": "presence.set", "ref": "r"}), "invalid", "state"),
    "a state of one's own": (shaped({"type": "presence.set", "ref": "r", "state": "busy"}), "invalid", "state"),
    "offline as a state": (shaped({"type": "presence.set", "ref": "r", "state": "offline"}), "invalid", "state"),
    "true as state": (shaped({"type": "presence.set", "ref": "r", "state": True}), "invalid", "state"),
    "a mark of an absent conversation": (mark(conversation_id=ABSENT), "not_found", "conversation_id"),
    "a mark of a forbidden one": (mark(conversation_id="FORBIDDEN"), "not_found", "conversation_id"),
    "unread from 0 on": (mark_unread(seq=0), "invalid", "seq"),
    "unread from nowhere on": (mark_unread(seq=...), "invalid", "seq"),
    "unread above the head": (mark_unread(seq=SEQ_MOST), "seq_above_head", "seq"),
    "unread in a forbidden conversation": (mark_unread(conversation_id="FORBIDDEN"), "not_found", "conversation_id"),
    "unread for another": (mark_unread(user_id="ALICE"), "invalid", "user_id"),
    "a mark for another": (mark(user_id="ALICE"), "invalid", "user_id"),
}
