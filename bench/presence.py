"""What idle users cost one worker and the register of who is here, while nobody watches anybody and while all do.

    python -m bench.presence [--users 1000] [--watched 50] [--seconds 60] [--beat 30]

Starts a Redis and a worker of its own, opens a socket for each user, waits, lets each watch some of the others, waits
again. Prints for each stage the share of a core and what Redis was asked for presence, a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from bench.idle import RawSocket, cpu_seconds, open_all, raise_descriptor_limit
from tests.live import Account, LiveServer
from tests.live_redis import LiveRedis

# Who is here is kept with these and nothing else is.
REGISTER = ("smismember", "smembers", "zmscore", "zadd", "sadd", "srem", "scard", "zremrangebyscore")
MAKE_USERS = """
from accounts.models import Token, User
users = User.objects.bulk_create(User(username=f"idle-{{number}}", password="!") for number in range({count}))
for user in users:
    print("made", user.pk, Token.objects.create(user=user)[1])
"""


@dataclass(frozen=True)
class Reading:
    at: float
    cpu: float
    calls: int
    redis_seconds: float
    redis_bytes: int


def read(server: LiveServer, client: redis.Redis) -> Reading:
    stats = client.info("commandstats")
    counted = [stats[f"cmdstat_{name}"] for name in REGISTER if f"cmdstat_{name}" in stats]
    traffic = client.info("stats")
    return Reading(
        at=time.monotonic(),
        cpu=cpu_seconds(server.pid),
        calls=sum(each["calls"] for each in counted),
        redis_seconds=sum(each["usec"] for each in counted) / 1e6,
        redis_bytes=traffic["total_net_input_bytes"] + traffic["total_net_output_bytes"],
    )


async def stage(name: str, server: LiveServer, client: redis.Redis, seconds: float, users: int) -> None:
    before = read(server, client)
    await asyncio.sleep(seconds)
    after = read(server, client)
    minutes = (after.at - before.at) / 60
    cpu = (after.cpu - before.cpu) / minutes
    print(f"{name}:")
    print(f"  {cpu / 60:.2%} of a core, {1e6 * cpu / users:.0f} microseconds a user and minute")
    print(f"  {(after.calls - before.calls) / minutes:.0f} commands for presence a minute", end=", ")
    print(f"{1e3 * (after.redis_seconds - before.redis_seconds) / minutes:.1f} ms of Redis", end=", ")
    print(f"{(after.redis_bytes - before.redis_bytes) / minutes / users:.0f} bytes to and from Redis a user")


def watch(socket: RawSocket, user_ids: list[str]) -> None:
    socket.say(type="presence.watch", ref="w", user_ids=user_ids)


def make_accounts(server: LiveServer, count: int) -> list[Account]:
    lines = server.manage("shell", "-c", MAKE_USERS.format(count=count)).splitlines()
    made = [line.split()[1:] for line in lines if line.startswith("made ")]
    return [Account(server, user_id, token, "") for user_id, token in made]


async def measure(server: LiveServer, client: redis.Redis, *, users: int, watched: int, seconds: float) -> None:
    accounts = make_accounts(server, users)
    sockets = await open_all(accounts, users)
    ids = [account.id for account in accounts]
    await asyncio.sleep(5)  # for what opening leaves behind
    await stage(f"{users} users, nobody watches", server, client, seconds, users)
    for number, socket in enumerate(sockets):
        watch(socket, [ids[(number + step) % users] for step in range(1, watched + 1)])
    await asyncio.gather(*(socket.hears(b'"presence.page"') for socket in sockets))
    await asyncio.sleep(5)
    await stage(f"{users} users, each watches {watched}", server, client, seconds, users)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--watched", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--beat", type=float, default=30)
    options = vars(parser.parse_args())
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory() as folder:
        store = LiveRedis(Path(folder))
        store.start()
        settings = {"REDIS_URL": store.url, "PARLEY_PRESENCE_SECONDS": str(options.pop("beat"))}
        server = LiveServer(Path(folder), **settings)
        try:
            server.prepare()
            server.start()
            with redis.Redis.from_url(store.url, decode_responses=True) as client:
                asyncio.run(measure(server, client, **options))
        finally:
            server.stop()
            store.kill()


if __name__ == "__main__":
    main()
