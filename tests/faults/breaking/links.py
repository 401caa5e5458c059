"""A worker cannot reach a store that all others reach; or reaches it and does not hear it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from tests.faults.breaking.fault import Fault, Stage
from tests.faults.proxy import Proxy

CUT_SECONDS = 10.0


async def _broken(stage: Stage, proxies: Sequence[Proxy], how: Callable[[Proxy], None]) -> None:
    before = sum(_lost(proxy) for proxy in proxies)
    stage.begins()
    for proxy in proxies:
        how(proxy)
    await asyncio.sleep(CUT_SECONDS)
    lost = sum(_lost(proxy) for proxy in proxies) - before
    assert lost, "nothing was lost"
    stage.shows(f"{lost} bytes or connections were lost in {CUT_SECONDS:g} s")
    for proxy in proxies:
        proxy.mend()
    stage.heals()


def _lost(proxy: Proxy) -> int:
    return proxy.refused + proxy.out.dropped + proxy.back.dropped


async def redis_cut(stage: Stage) -> None:
    await _broken(stage, stage.links.redis[:1], Proxy.cut)


async def redis_silent(stage: Stage) -> None:
    await _broken(stage, stage.links.redis[:1], lambda proxy: proxy.silence(out=True, back=True))


async def redis_unheard(stage: Stage) -> None:
    """What the worker asks is done, and it never learns of it."""
    await _broken(stage, stage.links.redis[:1], lambda proxy: proxy.silence(back=True))


async def cassandra_cut(stage: Stage) -> None:
    await _broken(stage, stage.links.cassandra, Proxy.cut)


async def cassandra_unheard(stage: Stage) -> None:
    await _broken(stage, stage.links.cassandra, lambda proxy: proxy.silence(back=True))


FAULTS = (
    Fault("cut_from_redis", "a worker cut off from Redis for 10 s", redis_cut, needs_links=True),
    Fault("silent_redis", "a worker's link to Redis silent for 10 s", redis_silent, needs_links=True),
    Fault("unheard_redis", "a worker does not hear Redis for 10 s", redis_unheard, needs_links=True),
    Fault(
        "cut_from_cassandra",
        "a worker cut off from Cassandra for 10 s",
        cassandra_cut,
        needs_links=True,
        needs_cassandra=True,
    ),
    Fault(
        "unheard_cassandra",
        "a worker does not hear Cassandra for 10 s",
        cassandra_unheard,
        needs_links=True,
        needs_cassandra=True,
    ),
)
