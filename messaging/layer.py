"""Channels' Redis layer, and two things more: many messages to many groups in one call, each only if others hear it;
and all that has arrived in one step.

Knows nothing of what is told. The layer's own `group_send` is a call for each message, and each comes back to the
process that sent it: that was a quarter of all work in a worker whose conversations have no members elsewhere. Its own
`receive` goes through redis-py once for each message: that was half of what it costs to be told one by another worker.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection
from redis._parsers.hiredis import NOT_ENOUGH_DATA
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoScriptError

POLL_SECONDS = 1.0
RETRY_SECONDS = 1.0

logger = logging.getLogger(__name__)

Message = dict[str, Any]

# KEYS: a channel that only the sender hears, then those to publish to. ARGV: for each of these how often the sender is
# among its hearers (but among nobody's while it does not hear even its own), and what to publish.
PUBLISH_TO_OTHERS = """
local function hearers(channel) return redis.call('PUBSUB', 'NUMSUB', channel)[2] end
local hears = hearers(KEYS[1]) > 0
for n = 2, #KEYS do
    local itself = hears and tonumber(ARGV[2 * n - 3]) or 0
    if hearers(KEYS[n]) > itself then redis.call('PUBLISH', KEYS[n], ARGV[2 * n - 2]) end
end
"""
SHA = hashlib.sha1(PUBLISH_TO_OTHERS.encode(), usedforsecurity=False).hexdigest()


class Shard(RedisSingleShardConnection):
    """The layer's connections to its Redis. What arrived together is taken together: redis-py waits, with a time limit
    and three tries, for each message, though it lies there already. What is told goes over a connection of its own."""

    def __init__(self, host: Any, channel_layer: Any) -> None:
        super().__init__(host, channel_layer)
        self._teller: AbstractConnection | None = None

    async def evaluate(self, *arguments: Any) -> None:
        """PUBLISH_TO_OTHERS, given the number of keys, the keys and the rest. One call at a time.

        redis-py's own way takes a connection out of a pool, makes a task for the write and watches the time of both
        halves, which was nearly half of what a call cost. Here whoever calls watches the time.
        """
        try:
            await self._ask("EVALSHA", SHA, *arguments)
        except NoScriptError:
            await self._ask("EVAL", PUBLISH_TO_OTHERS, *arguments)

    async def _ask(self, *command: Any) -> None:
        if self._teller is None:
            self._ensure_redis()
            self._teller = self._redis.connection_pool.make_connection()
            self._teller.socket_timeout = None
        await self._teller.send_packed_command(self._teller.pack_command(*command), check_health=False)
        await self._teller.read_response()

    async def flush(self) -> None:
        if self._teller:
            await self._teller.disconnect(nowait=True)
            self._teller = None
        await super().flush()

    async def _do_receiving(self) -> None:
        while True:
            try:
                await self._take()
            except Exception:
                logger.warning("nothing can be received from Redis", exc_info=True)
                await asyncio.sleep(RETRY_SECONDS)

    async def _take(self) -> None:
        if not self._pubsub.subscribed:
            await asyncio.sleep(0.1)
            return
        self._receive_message(await self._pubsub.get_message(ignore_subscribe_messages=True, timeout=POLL_SECONDS))
        replies = self._pubsub.connection._parser._reader
        while (reply := replies.gets()) is not NOT_ENOUGH_DATA:
            if reply[0] == b"message":
                self._receive_message({"channel": reply[1], "data": reply[2]})
            else:
                await self._pubsub.handle_message(reply)


class Layer(RedisPubSubChannelLayer):
    """Over one Redis."""

    def _get_layer(self) -> Any:
        layer = super()._get_layer()
        if not isinstance(layer._shards[0], Shard):
            layer._shards = [Shard(only.host, layer) for only in layer._shards]
        return layer

    async def receive_all(self, channel: str) -> list[Message]:
        """What has arrived, as soon as anything has."""
        arrived = self._get_layer().channels[channel]
        packed = [await arrived.get()]
        while not arrived.empty():
            packed.append(arrived.get_nowait())
        return [self.deserialize(one) for one in packed]

    @property
    def _shard(self) -> Any:
        [shard] = self._get_layer()._shards
        return shard

    def watch_connection(self, connected: Callable[[Any], Awaitable[None]]) -> Callable[[], bool]:
        """`connected`, a method, is told each time the connection that hears stands again. The layer follows again by
        itself and says nothing; what was published meanwhile it has not heard. Only once it has a channel.

        Gives what tells whether the connection stands, as far as this process knows.
        """
        connection = self._shard._pubsub.connection
        connection.register_connect_callback(connected)
        return lambda: bool(connection.is_connected)

    async def send_to_others(self, told: Sequence[tuple[str, bool, Message]], own_group: str) -> None:
        """Send to groups, in order, what others hear. Each comes with whether Redis knows for certain that this process
        is in the group, too; `own_group` has no other member. One call at a time."""
        layer = self._get_layer()
        groups = [own_group, *(group for group, _, _ in told)]
        keys = [layer._get_group_channel_name(group) for group in groups]
        arguments = [part for _, is_member, message in told for part in (int(is_member), self.serialize(message))]
        await self._shard.evaluate(len(keys), *keys, *arguments)
