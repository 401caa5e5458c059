"""A socket's life: its handshake, the frames that come in and their pace, its end. One consumer is one socket.

What a command does and what is told of it is `answers`'.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

from accounts.errors import RateLimitedError, RefusalError
from accounts.tickets import tickets
from messaging import actions
from messaging.answers import Answers
from messaging.errors import InternalError, MalformedError, TooManySocketsError, UnknownTypeError
from messaging.handshake import is_own_origin, offered_ticket
from messaging.hub import CLOSE_TOO_SLOW
from messaging.outlet import BACKLOG_BYTES_MOST, DirectOutlet, Outlet, QueueOutlet
from messaging.protocol import SUBPROTOCOL, AnyCommand, Write, decode_command, named
from messaging.room import Connection
from messaging.worker import current_worker

BAD_FRAMES_MOST = 5
BAD_FRAMES_SECONDS = 60.0
DRAIN_SECONDS_MOST = 10.0
CLOSE_BAD_FRAMES = 4002
# In the address of a socket whose client asks for the positions that it needs.
ASKS = b"positions=asked"
CLOSE_TOO_MANY_SOCKETS = 4009
CLOSE_UNAVAILABLE = 4013

logger = logging.getLogger(__name__)


class ChatConsumer(AsyncConsumer):
    """Takes frame after frame itself, without what Channels does for each: a task to wait for it, since it could come
    from a layer as well, and a hop to a thread, since a handler could have used the ORM. Here neither is so."""

    answers: Answers | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        self.bad_frames: list[float] = []
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            self._leave()

    def _leave(self) -> None:
        if self.answers:
            current_worker().hub.leave(self._here)
            self._here.outlet.release()

    async def dispatch(self, message: dict[str, Any]) -> None:
        await _HANDLERS[message["type"]](self, message)

    async def connect(self, message: dict[str, Any]) -> None:
        ticket = None
        if is_own_origin(self.scope["headers"]) and (text := offered_ticket(self.scope["subprotocols"])):
            ticket = await tickets().redeem(text)
        if ticket is None:
            await self.send({"type": "websocket.close"})
            raise StopConsumer
        await self.send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        self.answers = Answers(Connection(ticket.user_id, ticket.session_id, self._outlet()))
        try:
            await actions.enter(self._here)
            await self.answers.greet(asks_for_positions=ASKS in self.scope.get("query_string", b"").split(b"&"))
        except RefusalError as error:
            self.answers.refuse(error)
            too_many = isinstance(error, TooManySocketsError)
            await self._dismiss(CLOSE_TOO_MANY_SOCKETS if too_many else CLOSE_UNAVAILABLE)

    async def disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer

    async def receive(self, message: dict[str, Any]) -> None:
        """What a socket that was let go still sends, or sent before and we had not read, counts for nothing."""
        answers = self.answers
        if answers is None or not answers.is_here:
            return
        if answers.connection.outlet.backlog() > BACKLOG_BYTES_MOST:
            await self._drained()
        text = message.get("text")
        command: AnyCommand | None = None
        try:
            if text is None:
                raise MalformedError
            command = decode_command(text)
            self._check_pace(command)
            await answers.answer(command)
        except RefusalError as error:
            await self._answer_refusal(error, command, text)
        except Exception:
            logger.exception("a command failed")
            await self._answer_refusal(InternalError(), command, text)

    def _outlet(self) -> Outlet:
        transport = self.scope.get("extensions", {}).get("parley.transport")
        return DirectOutlet(transport, self.send) if transport else QueueOutlet(self.send)

    @property
    def _here(self) -> Connection:
        assert self.answers
        return self.answers.connection

    async def _dismiss(self, code: int) -> None:
        await current_worker().hub.dismiss(self._here, code)

    def _check_pace(self, command: AnyCommand) -> None:
        """Writes have a limit of their own."""
        if isinstance(command, Write):
            return
        if wait := current_worker().commands.take(self._here.user_id, time.monotonic()):
            raise RateLimitedError(wait)

    async def _answer_refusal(self, error: RefusalError, command: AnyCommand | None, text: str | None) -> None:
        names = named(text) if text else {}
        if isinstance(command, Write):
            names["key"] = str(command.key)
        assert self.answers
        self.answers.refuse(error, **names)
        is_bad = isinstance(error, MalformedError | UnknownTypeError)
        # What is no command is not paced as one: whoever sends too much of it is treated as with bad frames.
        if is_bad or (command is None and current_worker().commands.take(self._here.user_id, time.monotonic())):
            await self._count_bad_frame()

    async def _count_bad_frame(self) -> None:
        now = time.monotonic()
        self.bad_frames = [then for then in self.bad_frames if now - then < BAD_FRAMES_SECONDS] + [now]
        if len(self.bad_frames) > BAD_FRAMES_MOST:
            await self._dismiss(CLOSE_BAD_FRAMES)

    async def _drained(self) -> None:
        """Answer no further command while earlier answers wait to be read; let go of who never reads them."""
        outlet = self._here.outlet
        deadline = time.monotonic() + DRAIN_SECONDS_MOST
        while outlet.backlog() > BACKLOG_BYTES_MOST:
            if time.monotonic() > deadline:
                await self._dismiss(CLOSE_TOO_SLOW)
                raise StopConsumer
            await asyncio.sleep(0.05)


_HANDLERS: dict[str, Callable[[ChatConsumer, Any], Awaitable[None]]] = {
    "websocket.connect": ChatConsumer.connect,
    "websocket.receive": ChatConsumer.receive,
    "websocket.disconnect": ChatConsumer.disconnect,
}
