"""A Redis of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live_redis import LiveRedis


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = LiveRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.kill()
