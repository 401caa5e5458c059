"""The cast (alice the owner, bob the member, carol the outsider) and what every room's tests share."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.dispatch import Signal
from rest_framework.test import APIClient

from accounts import limits
from accounts.models import Token, User
from accounts.signals import access_revoked, appearance_changed, blocks_changed, quiet_hours_changed
from groups.models import Conversation
from groups.signals import attention_changed, conversation_changed, invitations_changed
from messaging.history import history
from tests.cluster.fixtures import cluster, started_cluster  # noqa: F401  # fixtures
from tests.cluster.whole import ClusterServer
from tests.live import LiveServer
from tests.live_redis import LiveRedis
from tests.people import create_group

PASSWORD = "correct horse battery"
SIGNALS = {
    "access_revoked": access_revoked,
    "appearance_changed": appearance_changed,
    "attention_changed": attention_changed,
    "blocks_changed": blocks_changed,
    "conversation_changed": conversation_changed,
    "invitations_changed": invitations_changed,
    "quiet_hours_changed": quiet_hours_changed,
}
Heard = tuple[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def no_tries_yet() -> None:
    """Limits are counted per process; each test starts with none used up."""
    limits.reset()


@pytest.fixture(scope="session", autouse=True)
def threads_let_go(django_db_setup: None) -> Iterator[None]:
    """The threads of the history and of asynchronous code hold connections of their own, which PostgreSQL counts when
    the test database goes."""
    yield
    history().close()
    asyncio.run(sync_to_async(connections.close_all)())


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(username: str, **fields: Any) -> User:
        fields = {"email": f"{username}@example.org", "password": PASSWORD, **fields}
        return User.objects.create_user(username=username, **fields)

    return make


@pytest.fixture
def alice(make_user: Callable[..., User]) -> User:
    return make_user("alice", display_name="Alice Archer")


@pytest.fixture
def bob(make_user: Callable[..., User]) -> User:
    return make_user("bob")


@pytest.fixture
def carol(make_user: Callable[..., User]) -> User:
    return make_user("carol")


@pytest.fixture
def group(alice: User, bob: User) -> Conversation:
    """Private, owned by alice, with bob as a member."""
    return create_group(alice, name="Climbing", description="Up", members=[bob])


@pytest.fixture
def api() -> Callable[..., APIClient]:
    """An API client for a user by a token, or for nobody."""

    def make(user: User | None = None) -> APIClient:
        client = APIClient(raise_request_exception=True)
        if user is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {Token.objects.create(user=user)[1]}")
        return client

    return make


@pytest.fixture
def told(django_capture_on_commit_callbacks: Any) -> Callable[[], AbstractContextManager[list[Heard]]]:
    """`with told() as heard:` collects what accounts and groups say on commit, as (signal, what it carried)."""

    @contextmanager
    def listening() -> Iterator[list[Heard]]:
        heard: list[Heard] = []
        with ExitStack() as stack:
            for name, signal in SIGNALS.items():
                stack.enter_context(_noted(name, signal, heard))
            # Entered last: the callbacks run while we still listen.
            stack.enter_context(django_capture_on_commit_callbacks(execute=True))
            yield heard

    return listening


@contextmanager
def _noted(name: str, signal: Signal, heard: list[Heard]) -> Iterator[None]:
    """Only we hear: messaging's own receivers would store what the test has not committed."""

    def note(sender: Any, signal: Any, **about: Any) -> None:
        heard.append((name, about))

    receivers, signal.receivers = signal.receivers, []
    signal.connect(note)
    try:
        yield
    finally:
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveRedis]:
    server = LiveRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.thaw()
    server.kill()


@pytest.fixture(scope="session")
def live_server_process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """One worker of its own, or with AT_CLUSTER a whole cluster behind its nginx."""
    if os.environ.get("AT_CLUSTER"):
        yield ClusterServer(request.getfixturevalue("started_cluster"))
        return
    server = LiveServer(tmp_path_factory.mktemp("parley"), DJANGO_SETTINGS_MODULE="tests.live_settings")
    server.prepare()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def parley_server(live_server_process: LiveServer) -> Iterator[LiveServer]:
    """A server every test may share; fails the test that made it log an error."""
    before = len(live_server_process.troubles())
    yield live_server_process
    assert live_server_process.troubles()[before:] == []


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server that the test may stop and start."""
    server = LiveServer(tmp_path)
    server.prepare()
    server.start()
    yield server
    server.stop()
