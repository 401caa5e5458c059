"""Channels' Redis layer, and one thing more: many messages to many groups in one call, each only if others hear it.

Knows nothing of what is told. The layer's own `group_send` is a call for each message, and each comes back to the
process that sent it: that was a quarter of all work in a worker whose conversations have no members elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

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


class Layer(RedisPubSubChannelLayer):
    """Over one Redis."""

    @property
    def _shard(self) -> Any:
        [shard] = self._get_layer()._shards
        return shard

    @property
    def is_connected(self) -> bool:
        """Whether the connection that hears stands, as far as this process knows."""
        pubsub = self._shard._pubsub
        return bool(pubsub and pubsub.connection and pubsub.connection.is_connected)

    def watch_connection(self, connected: Callable[[Any], Awaitable[None]]) -> None:
        """`connected`, a method, is told each time the connection that hears stands again. The layer follows again by
        itself and says nothing; what was published meanwhile it has not heard. Only once it has a channel."""
        self._shard._pubsub.connection.register_connect_callback(connected)

    async def send_to_others(self, told: Sequence[tuple[str, bool, Message]], own_group: str) -> None:
        """Send to groups, in order, what others hear. Each comes with whether Redis knows for certain that this process
        is in the group, too; `own_group` has no other member."""
        layer, shard = self._get_layer(), self._shard
        groups = [own_group, *(group for group, _, _ in told)]
        arguments = [part for _, is_member, message in told for part in (int(is_member), self.serialize(message))]
        async with shard._lock:
            shard._ensure_redis()
            publish = shard._redis.register_script(PUBLISH_TO_OTHERS)
            await publish([layer._get_group_channel_name(group) for group in groups], arguments)
