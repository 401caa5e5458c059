"""The client's parts without a server: frames in pieces, timelines with gaps, an outbox that keeps its order."""

from __future__ import annotations

import asyncio
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from messaging.client import Account, Client, GaveUpError, RefusedError, Rest, Timeline, decode_frame, remembering
from messaging.client.framing import CLOSE, PING, TEXT, FrameReader, FramingError, check_opening, client_frame, new_key
from messaging.client.outbox import Outbox
from messaging.outlet import Frame
from messaging.protocol import (
    Ack,
    DeleteMessage,
    Error,
    MessageSent,
    Position,
    Positions,
    SendMessage,
    Welcome,
    encode,
)

GROUP, ELSEWHERE = uuid4(), uuid4()


def change(seq: int) -> MessageSent:
    return MessageSent(conversation_id=GROUP, seq=seq, id=uuid4(), key=uuid4(), author_id=uuid4(), body=f"line {seq}")


# --- frames


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000, 1_000_000])
def test_frames_are_read_whatever_pieces_they_come_in(piece: int) -> None:
    payloads = [b"", b"x" * 125, b"y" * 126, b"z" * 65_535, b"w" * 65_536]
    stream = b"".join(Frame(payload).wire for payload in payloads)
    reader = FrameReader()
    read = [found for at in range(0, len(stream), piece) for found in reader.feed(stream[at : at + piece])]
    assert read == [(TEXT, payload) for payload in payloads]


def test_a_message_in_parts_is_put_together_around_a_control_frame() -> None:
    reader = FrameReader()
    assert list(reader.feed(b"\x01\x02ab\x89\x01p\x00\x01c\x80\x01d")) == [(PING, b"p"), (TEXT, b"abcd")]


@pytest.mark.parametrize("bad", [b"\x81\x81maskx", b"\x80\x01a", b"\x01\x01a\x81\x01b", b"\xc1\x01a"])
def test_what_no_server_may_send_is_refused(bad: bytes) -> None:
    with pytest.raises(FramingError):
        list(FrameReader().feed(bad))


@pytest.mark.parametrize("size", [0, 1, 5, 125, 126, 65_535, 65_536])
def test_a_clients_frame_unmasks_to_what_was_written(size: int) -> None:
    payload = bytes(index % 251 for index in range(size))
    frame = client_frame(TEXT, payload)
    mask, masked = frame[len(frame) - size - 4 : len(frame) - size], frame[len(frame) - size :]
    assert bytes(byte ^ mask[index % 4] for index, byte in enumerate(masked)) == payload
    assert frame[0] == 0x81
    assert frame[1] & 0x80


def test_a_close_frame_carries_its_code() -> None:
    assert list(FrameReader().feed(b"\x88\x02\x03\xf4")) == [(CLOSE, (1012).to_bytes(2, "big"))]


@pytest.mark.parametrize("head", [b"HTTP/1.1 403 Forbidden", b"", b"HTTP/1.1 101 X\r\nSec-WebSocket-Accept: wrong"])
def test_an_opening_that_is_not_ours_is_refused(head: bytes) -> None:
    with pytest.raises(FramingError):
        check_opening(head, new_key())


def test_the_same_bytes_of_a_change_are_one_object() -> None:
    decode, content = remembering(), encode(change(1))
    assert decode(content) is decode(bytes(bytearray(content)))
    assert decode(content) == decode_frame(content)


def test_a_type_that_is_not_known_is_passed_over() -> None:
    assert decode_frame(b'{"type":"typing.started","user_id":"x"}') is None


# --- timelines


@pytest.mark.parametrize("order", list(permutations([5, 6, 7, 8])))
def test_a_timeline_is_whole_when_all_has_come_in_any_order(order: tuple[int, ...]) -> None:
    timeline = Timeline()
    timeline.begin(4)
    for count, seq in enumerate(order, 1):
        timeline.arrive(change(seq))
        assert timeline.is_whole == (sorted(order[:count]) == list(range(5, max(order[:count]) + 1)))
    assert (timeline.through, timeline.live) == (8, [list(order)])


def test_a_head_above_what_is_held_is_a_gap() -> None:
    timeline = Timeline()
    timeline.begin(4)
    timeline.note_head(6)
    assert not timeline.is_whole
    timeline.put(change(6))
    timeline.put(change(5))
    assert timeline.is_whole


def test_what_passed_between_leaving_and_coming_back_is_no_gap() -> None:
    timeline = Timeline()
    timeline.arrive(change(1))
    timeline.end()
    timeline.arrive(change(9))
    assert timeline.is_whole
    timeline.arrive(change(11))
    assert not timeline.is_whole
    assert timeline.through == 9


# --- the outbox


class Socket:
    """Takes down what is written, while it is open."""

    def __init__(self) -> None:
        self.open = True
        self.written: list[SendMessage] = []
        self.twice = asyncio.Event()

    def write(self, command: SendMessage) -> bool:
        if self.open:
            self.written.append(command)
        if len(self.written) == 2:
            self.twice.set()
        return self.open

    @property
    def bodies(self) -> list[str]:
        return [command.body for command in self.written]


def send(conversation_id: UUID, body: str) -> SendMessage:
    return SendMessage(key=uuid4(), conversation_id=conversation_id, body=body)


def ack(command: SendMessage) -> Ack:
    return Ack(key=command.key, conversation_id=command.conversation_id, seq=1, id=uuid4(), sent_at="")


def refusal(key: UUID, code: str, retry_after: float | None = None) -> Error:
    return Error(code=code, message="", key=str(key), retry_after=retry_after)


async def test_a_conversations_messages_leave_one_by_one_and_anothers_do_not_wait() -> None:
    socket = Socket()
    outbox = Outbox(socket.write)
    first = outbox.put(send(GROUP, "one"))
    outbox.put(send(GROUP, "two"))
    outbox.put(send(ELSEWHERE, "three"))
    assert socket.bodies == ["one", "three"]
    outbox.answered(ack(first.command))
    assert socket.bodies == ["one", "three", "two"]
    assert first.done.result().key == first.command.key


async def test_what_was_under_way_is_sent_again_with_its_key_on_the_next_socket() -> None:
    socket = Socket()
    outbox = Outbox(socket.write)
    entry = outbox.put(send(GROUP, "one"))
    outbox.put(send(GROUP, "two"))
    outbox.send_all()
    assert socket.bodies == ["one", "one"]
    assert socket.written[0].key == socket.written[1].key
    outbox.answered(ack(entry.command))
    outbox.answered(ack(entry.command))
    assert socket.bodies == ["one", "one", "two"]
    assert entry.tries == 2


async def test_nothing_is_counted_as_begun_before_there_is_a_socket() -> None:
    socket = Socket()
    socket.open = False
    outbox = Outbox(socket.write)
    entry = outbox.put(send(GROUP, "one"))
    assert (entry.tries, entry.began) == (0, 0.0)
    socket.open = True
    outbox.send_all()
    assert entry.tries == 1
    assert entry.began > 0


@pytest.mark.parametrize("code", ["rate_limited", "unavailable"])
async def test_a_passing_refusal_holds_the_next_message_back_until_the_same_one_is_stored(code: str) -> None:
    socket = Socket()
    outbox = Outbox(socket.write)
    entry = outbox.put(send(GROUP, "one"))
    outbox.put(send(GROUP, "two"))
    outbox.refused(refusal(entry.command.key, code, retry_after=0.01))
    assert socket.bodies == ["one"]
    async with asyncio.timeout(5):
        await socket.twice.wait()
    assert socket.bodies == ["one", "one"]
    assert socket.written[0].key == socket.written[1].key


async def test_a_final_refusal_is_told_and_lets_the_next_message_go() -> None:
    socket = Socket()
    outbox = Outbox(socket.write)
    entry = outbox.put(send(GROUP, "one"))
    outbox.put(send(GROUP, "two"))
    outbox.refused(refusal(entry.command.key, "not_allowed"))
    with pytest.raises(RefusedError, match="not_allowed"):
        await entry.done
    assert socket.bodies == ["one", "two"]


async def test_in_a_new_epoch_what_names_a_number_is_not_sent_again_and_the_rest_is() -> None:
    """The number may be another message's: a deletion would take that one."""
    socket = Socket()
    outbox = Outbox(socket.write)
    deletion = outbox.put(DeleteMessage(key=uuid4(), conversation_id=GROUP, target=5))
    message = outbox.put(send(GROUP, "two"))
    answer = outbox.put(SendMessage(key=uuid4(), conversation_id=ELSEWHERE, body="yes", reply_to=5))
    outbox.begin_epoch()
    for lost in (deletion, answer):
        with pytest.raises(RefusedError, match="new_epoch"):
            await lost.done
    outbox.send_all()
    assert socket.written[-1] is message.command
    outbox.answered(ack(message.command))
    assert message.done.done()


async def test_in_a_new_epoch_a_client_believes_the_server_and_not_what_it_remembers() -> None:
    client = Client(Rest("http://127.0.0.1:9"), Account(uuid4(), "token"))
    _greet(client, epoch=0, head=3)
    for seq in (1, 2, 3):
        client._take(encode(change(seq)))
    _greet(client, epoch=0, head=1)
    assert client.timelines[GROUP].head == 3, "an old frame"
    _greet(client, epoch=7, head=1)
    assert (client.timelines[GROUP].head, client.timelines[GROUP].changes) == (1, {})
    after = change(2)
    client._take(encode(after))
    assert client.timelines[GROUP].changes == {2: after}
    await client.close()


def _greet(client: Client, *, epoch: int, head: int) -> None:
    welcome = Welcome(user_id=uuid4(), epoch=epoch, heartbeat_seconds=25, body_characters=8000, page_changes=200)
    position = Position(conversation_id=GROUP, epoch=epoch, head=head, read=head, unread=0)
    for event in (welcome, Positions(conversations=[position], more=False)):
        client._take(encode(event))


async def test_when_no_socket_will_come_whoever_waits_is_told() -> None:
    socket = Socket()
    outbox = Outbox(socket.write)
    waiting = [outbox.put(send(GROUP, "one")), outbox.put(send(GROUP, "two"))]
    outbox.give_up(GaveUpError("away"))
    outbox.send_all()
    for entry in [*waiting, outbox.put(send(GROUP, "three"))]:
        with pytest.raises(GaveUpError):
            await entry.done
    assert socket.bodies == ["one"]


async def test_a_client_says_when_there_is_no_server() -> None:
    rest = Rest("http://127.0.0.1:9", patience_seconds=0.2)
    client = Client(rest, Account(uuid4(), "token"))
    with pytest.raises(GaveUpError):
        await client.start()
    await client.close()
    await rest.close()


def test_a_change_that_comes_before_the_position_hides_nothing_of_what_lies_between() -> None:
    timeline = Timeline()
    timeline.arrive(change(172))
    timeline.begin(169)
    assert not timeline.is_whole
    for seq in (170, 171):
        timeline.put(change(seq))
    assert timeline.is_whole
