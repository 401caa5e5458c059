"""Random commands: never anything but a documented answer, and the socket lives."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.sync.client import ClientConnection, connect

from messaging.consumers import BAD_FRAMES_MOST
from messaging.protocol import CHANGES, SEQ_MOST
from tests.wire.conftest import Cast
from tests.wire.test_document import ANSWERED, first_column

pytestmark = pytest.mark.server

CODES = first_column("Errors") - {"internal", "unavailable", "too_many_sockets"}
GROUP = "the group"

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "\0", "\ud800", GROUP, 2**53, 2**63, 2**64, -1, 10**4_000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ids = st.just(GROUP) | st.uuids().map(str) | anything
seqs = st.integers(-2, 5) | st.sampled_from([SEQ_MOST, SEQ_MOST + 1]) | anything
fields = {
    "ref": st.text(max_size=70) | anything,
    "key": st.uuids().map(str) | anything,
    "conversation_id": ids,
    "body": st.text(max_size=300) | st.text("*_`[<&>\n ", max_size=600) | anything,
    "seq": seqs,
    "target": seqs,
    "reply_to": seqs,
    "emoji": st.sampled_from(["👍", "❤", "👍👍", "a", "\u200d"]) | st.text(max_size=3) | anything,
    "after": seqs,
    "before": seqs,
    "limit": st.integers(-1, 300) | anything,
    "user_ids": st.lists(ids, max_size=5) | anything,
    "state": st.sampled_from(["active", "away"]) | anything,
}
NEEDED = {
    "message.send": ["key", "conversation_id", "body"],
    "message.edit": ["key", "conversation_id", "target", "body"],
    "message.delete": ["key", "conversation_id", "target"],
    "reaction.add": ["key", "conversation_id", "target", "emoji"],
    "reaction.remove": ["key", "conversation_id", "target", "emoji"],
    "message.pin": ["key", "conversation_id", "target"],
    "message.unpin": ["key", "conversation_id", "target"],
    "read.mark": ["conversation_id", "seq"],
    "history.get": ["ref", "conversation_id"],
    "conversations.get": [],
    "unread.count": ["ref"],
    "presence.watch": ["ref", "user_ids"],
    "presence.set": ["state"],
    "ping": [],
}


@st.composite
def commands(draw: st.DrawFn) -> dict[str, Any]:
    """Mostly a command of ours with its fields, some of them wrong, a few missing, a few too many."""
    name = draw(st.sampled_from(list(NEEDED)) | anything)
    needed = NEEDED.get(name, []) if isinstance(name, str) else []
    chosen = set(needed) ^ draw(st.sets(st.sampled_from(list(fields)), max_size=2))
    command = {"type": name} | {field: draw(fields[field]) for field in sorted(chosen)}
    return command | draw(st.dictionaries(st.text(max_size=10), anything, max_size=1))


class Talker:
    """carol's socket, opened again before it has sent too many bad frames, and alone in her group."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.group = cast.carol.make_group()
        self.opened = ExitStack()
        self._open()

    def _open(self) -> None:
        protocols: Any = ["parley.v1", f"ticket.{self.cast.carol.ticket()}"]
        url = self.cast.server.url.replace("http", "ws") + "/ws"
        opening = connect(url, subprotocols=protocols, compression=None, max_size=None)
        self.connection: ClientConnection = self.opened.enter_context(opening)
        self.bad = 0
        while json.loads(self.connection.recv(10)).get("more") is not False:
            pass

    def answers(self, text: str) -> list[dict[str, Any]]:
        """All that comes before the answer to a ping behind the frame."""
        if self.bad == BAD_FRAMES_MOST:
            self.opened.close()
            self._open()
        mark = uuid.uuid4().hex
        self.connection.send(text)
        self.connection.send(json.dumps({"type": "ping", "ref": mark}))
        told: list[dict[str, Any]] = []
        while True:
            answer = json.loads(self.connection.recv(10))
            if answer.get("ref") == mark:
                assert answer["type"] == "pong" or answer["code"] == "rate_limited"
                return told
            self.bad += answer.get("code") in ("malformed", "unknown_type")
            told.append(answer)


@pytest.fixture
def talker(cast: Cast) -> Iterator[Talker]:
    talking = Talker(cast)
    yield talking
    talking.opened.close()


@given(command=commands())
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_command_gets_a_documented_answer(talker: Talker, command: dict[str, Any]) -> None:
    text = json.dumps(command).replace(json.dumps(GROUP), json.dumps(talker.group))
    for told in talker.answers(text):
        if told["type"] == "error":
            assert told["code"] in CODES, told
            assert told["message"]
            assert len(json.dumps(told)) < 1_000
        else:
            assert told["type"] in {*ANSWERED.values(), *CHANGES}


@given(text=st.text(max_size=100) | st.text('{}[]":,\\u0a1e-.', max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gets_one_error(talker: Talker, text: str) -> None:
    [told] = talker.answers(text.encode("utf-8", "replace").decode())
    assert told["code"] in ("malformed", "unknown_type", "invalid")
