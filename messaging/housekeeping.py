"""What a worker does by the clock: finds what was lost, left behind, revoked elsewhere or is too slow."""

from __future__ import annotations

import asyncio

from channels.db import database_sync_to_async
from django.conf import settings

from accounts.mail.delivery import deliver_due
from accounts.revalidation import ended_sessions
from messaging.attached import settle_doubtful
from messaging.files.capacity import capacity
from messaging.files.removal import remove_unused
from messaging.lag import watch_lag
from messaging.pending import publish_left_behind
from messaging.presence.watchers import DIGEST_SECONDS
from messaging.reckoning import RECKON_SECONDS
from messaging.search.backlog import CHECK_SECONDS, NAME_SECONDS
from messaging.worker import Worker, current_worker

LAG_SECONDS = 1.0
HEADS_SECONDS = 5.0
SESSIONS_SECONDS = 5.0
SESSIONS_AT_ONCE = 200
USERS_AT_ONCE = 200
PENDING_SECONDS = 5.0
FILES_SECONDS = 5.0
RELAY_SECONDS = 1.0
TEND_SECONDS = 1.0
RENEW_SECONDS = 0.1
MAIL_SECONDS = 5.0


def start_housekeeping() -> None:
    """Once per serving event loop."""
    worker = current_worker()
    if worker.has_chores:
        return
    worker.every(LAG_SECONDS, worker.hub.check_lag)
    worker.every(HEADS_SECONDS, lambda: check_heads(worker))
    worker.every(0, lambda: check_sessions(worker))
    worker.every(PENDING_SECONDS, publish_left_behind)
    worker.every(FILES_SECONDS, lambda: tend_files(worker))
    worker.every(RELAY_SECONDS, lambda: follow_conversations(worker))
    worker.every(0, Resync(worker).work)
    worker.every(TEND_SECONDS, worker.history.tend)
    worker.every(RENEW_SECONDS, worker.history.renew)
    worker.every(NAME_SECONDS, worker.search.backlog.pass_on)
    worker.every(CHECK_SECONDS, worker.search.backlog.check)
    worker.every(settings.PRESENCE_SECONDS, worker.presence.beat)
    worker.every(settings.PRESENCE_SECONDS, worker.watchers.sweep)
    worker.every(DIGEST_SECONDS, worker.watchers.tick)
    worker.every(settings.PRESENCE_SECONDS, worker.receipts.sweep)
    worker.every(DIGEST_SECONDS, worker.receipts.tick)
    worker.every(0, watch_lag)
    if settings.EMAIL_HOST:
        worker.every(MAIL_SECONDS, database_sync_to_async(deliver_due, thread_sensitive=False))
    worker.every(RECKON_SECONDS, worker.reckoning.reckon)
    worker.delivery.relay.start()


async def check_heads(worker: Worker) -> None:
    """An announcement that was lost shows as a head above what the room was given; in another epoch nobody is here."""
    await worker.epoch.look()
    heads = await worker.history.heads(worker.hub.conversations())
    for conversation_id, head in heads.items():
        worker.hub.notice_head(conversation_id, head)


async def check_memberships(worker: Worker) -> None:
    """An announcement that was lost shows as a socket that is where its user is no member, or is not where they are."""
    user_ids = list({connection.user_id for connection in worker.hub.connections()})
    for start in range(0, len(user_ids), USERS_AT_ONCE):
        await asyncio.gather(*map(worker.delivery.check_conversations, user_ids[start : start + USERS_AT_ONCE]))


async def follow_conversations(worker: Worker) -> None:
    """Those that have members here, and no others."""
    if worker.delivery.relay.is_current:
        await worker.delivery.relay.follow_only(worker.hub.conversations)


async def tend_files(worker: Worker) -> None:
    """Files whose messages were deleted, or never sent, are removed. Warns when room ends."""
    await settle_doubtful(worker.history)
    await database_sync_to_async(remove_unused, thread_sensitive=False)()
    await database_sync_to_async(capacity.watch, thread_sensitive=False)()


async def check_sessions(worker: Worker) -> None:
    """A session that ended without a word, in another process for instance, loses its sockets. All are looked at within
    SESSIONS_SECONDS, a few at a time: 5,200 at one go kept a thread and everybody who waits busy for 0.4 s."""
    connections = worker.hub.connections()
    starts = range(0, len(connections), SESSIONS_AT_ONCE) or range(1)
    for start in starts:
        await asyncio.sleep(SESSIONS_SECONDS / len(starts))
        here = {(one.session_id, one.user_id) for one in connections[start : start + SESSIONS_AT_ONCE]}
        for session_id in await database_sync_to_async(ended_sessions, thread_sensitive=False)(here):
            await worker.delivery.revoke_here(session_id)


class Resync:
    """When the layer is heard again after something may have been missed, nothing remembered is believed, and what was
    told meanwhile is looked up at once: who is where, and what was said."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._is_due = asyncio.Event()
        worker.delivery.relay.regained = self._begin

    def _begin(self) -> None:
        self._worker.members.forget_all()
        self._is_due.set()

    async def work(self) -> None:
        await self._is_due.wait()
        self._is_due.clear()
        try:
            await check_memberships(self._worker)
            await check_heads(self._worker)
        except Exception:
            self._is_due.set()
            raise
