"""Tinode: its PostgreSQL with people and groups, made once for a run, and its server as a contender.

As its documentation says, but for what costs it time and is not compared: no static files, push, plugins, uploads or
statistics. What it does for each connection and message is as it comes.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

from bench.cases import CASES
from bench.client import Room, Seat
from bench.contenders import postgres
from bench.machine import OTHER_CORE, SERVER_CORE, free_port, started_on
from bench.native import BUILT, HERE
from bench.processes import START_SECONDS, Process

PEOPLE = 500
GROUPS = ("fan", "alone", "beside")
# As many as PostgreSQL gives by default, and as Tinode's own configuration asks for.
POSTGRES_CONNECTIONS, POOL = 100, 50
AT_ONCE = 16
BEING_LOADED = 503
# What signed-in people have in a new group, for those without an account's credentials, too.
MEMBERS_MAY = "JRWPS"


class TinodeStore:
    """What outlives its servers: PostgreSQL's folder, the configuration, people's tokens and the groups' names."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.configuration = folder / "tinode.json"
        self.tokens: list[str] = []
        self.groups: dict[str, list[str]] = {}
        self._postgres = postgres(folder / "postgres", POSTGRES_CONNECTIONS)
        self._salt = secrets.token_bytes(32)
        self.path = f"/v0/channels?apikey={_api_key(self._salt)}"

    def fill(self) -> None:
        """Raises what is wrong when PostgreSQL or Tinode does not start."""
        self._postgres.prepare()
        self._configure()
        with contextlib.ExitStack() as stack:
            self.launch(OTHER_CORE)
            stack.callback(self.stop)
            self._make_database()
            server = Tinode(self._folder, self)
            stack.callback(server.stop)
            asyncio.run(self._invite(server.process.port))

    def launch(self, core: int | None) -> None:
        with started_on(core):
            self._postgres.process.launch()
        self._postgres.process.await_ready(START_SECONDS)

    def stop(self) -> None:
        self._postgres.process.stop()

    def _configure(self) -> None:
        """The pool's size is told in the address: what Tinode reads of it elsewhere comes too late for its driver."""
        settings = json.loads((HERE / "peers" / "tinode" / "tinode.json").read_text())
        address = urlsplit(self._postgres.url)._replace(path="/tinode", query=f"sslmode=disable&pool_max_conns={POOL}")
        settings["api_key_salt"] = _text(self._salt)
        settings["auth_config"]["token"]["key"] = _text(secrets.token_bytes(32))
        settings["store_config"]["uid_key"] = _text(secrets.token_bytes(16))
        settings["store_config"]["adapters"]["postgres"]["dsn"] = address.geturl()
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(json.dumps(settings))

    def _make_database(self) -> None:
        """tinode-db goes by way of a database with the user's own name."""
        self._postgres.make_database()
        command = [BUILT / "tinode" / "tinode-db", f"-config={self.configuration}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"tinode-db: {done.stderr[-2_000:]}")

    async def _invite(self, port: int) -> None:
        """People without credentials, for whom nobody has to compute a hash, and the groups they are in."""
        door = _Door(f"ws://127.0.0.1:{port}{self.path}")
        self.tokens = await asyncio.gather(*(door.sign_up() for _ in range(PEOPLE)))
        for case in GROUPS:
            shape = CASES[case]
            owners = self.tokens[: shape.rooms * shape.members : shape.members]
            self.groups[case] = await asyncio.gather(*(door.found(owner) for owner in owners))
        # One after the other: a group that several join at once keeps each waiting for a third of a second.
        for number, token in enumerate(self.tokens):
            await door.join(token, self._groups_of(number))

    def _groups_of(self, number: int) -> list[str]:
        places = ((self.groups[case], number // CASES[case].members) for case in GROUPS)
        return [groups[place] for groups, place in places if place < len(groups)]


class _Guest:
    """One connection. Each request is known by its own name until its {ctrl} has come."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def ask(self, request: str, **fields: Any) -> dict[str, Any]:
        """Again while what it is about is still being loaded."""
        while (answer := await self._ask_once(request, fields))["code"] == BEING_LOADED:
            pass
        if answer["code"] >= 300:
            raise RuntimeError(f"Tinode: {answer}")
        return answer

    async def _ask_once(self, request: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        await self._socket.send(json.dumps({request: {"id": request, **fields}}))
        async for text in self._socket:
            answer = json.loads(text).get("ctrl", {})
            if answer.get("id") == request:
                return dict(answer)
        raise RuntimeError("Tinode ended the connection")


class _Door:
    def __init__(self, address: str) -> None:
        self._address = address
        self._room = asyncio.Semaphore(AT_ONCE)

    async def sign_up(self) -> str:
        async with self._guest() as guest:
            answer = await guest.ask("acc", user="new", scheme="anonymous", login=True)
            return str(answer["params"]["token"])

    async def found(self, token: str) -> str:
        """A group that everybody may join."""
        access = {"auth": MEMBERS_MAY, "anon": MEMBERS_MAY}
        async with self._guest(token) as guest:
            answer = await guest.ask("sub", topic="new", set={"desc": {"defacs": access}})
            return str(answer["topic"])

    async def join(self, token: str, groups: list[str]) -> None:
        async with self._guest(token) as guest:
            for group in groups:
                await guest.ask("sub", topic=group)

    @contextlib.asynccontextmanager
    async def _guest(self, token: str = "") -> AsyncIterator[_Guest]:
        async with self._room, connect(self._address, compression=None) as socket:
            guest = _Guest(socket)
            await guest.ask("hi", ver="0.25")
            if token:
                await guest.ask("login", scheme="token", secret=token)
            yield guest


class Tinode:
    """A server and its PostgreSQL, which shares the other core with the client, or both wherever the kernel likes."""

    kind = "tinode"

    def __init__(self, folder: Path, store: TinodeStore, *, core: int | None = SERVER_CORE) -> None:
        self._store = store
        store.launch(None if core is None else OTHER_CORE)
        port = free_port()
        command = [str(BUILT / "tinode" / "server"), f"-config={store.configuration}", "-static_data=-"]
        self.process = Process([*command, f"-listen=127.0.0.1:{port}"], port, folder / "tinode.log", core=core)
        try:
            self.process.await_listening()
        except RuntimeError:
            self.stop()
            raise

    def rooms(self, case: str) -> list[Room]:
        members = CASES[case].members
        return [
            Room(group, self._seats(self._store.tokens[number * members :][:members]))
            for number, group in enumerate(self._store.groups[case])
        ]

    def signed_in(self, sockets: int) -> list[Seat]:
        tokens = self._store.tokens
        return self._seats([tokens[number % len(tokens)] for number in range(sockets)])

    def stop(self) -> None:
        self.process.stop()
        self._store.stop()

    def _seats(self, tokens: list[str]) -> list[Seat]:
        return [Seat(self.process.port, self._store.path, ticket=token) for token in tokens]


def _api_key(salt: bytes) -> str:
    """As Tinode's keygen makes one: version 1, four bytes of nothing, the key's number, no privileges, a signature."""
    head = bytes([1, 0, 0, 0, 0, 1, 0, 0])
    return base64.urlsafe_b64encode(head + hmac.digest(salt, head, hashlib.md5)).decode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
