"""A real Parley server process for tests, and a plain socket to it. Nothing here knows the application's code."""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import websockets

from tests.live_process import LiveProcess

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery"
CHROMIUM = "/usr/bin/chromium-headless-shell"
DEADLINE_SECONDS = 15.0


class LiveServer(LiveProcess):
    """`manage.py serve` on a data folder of its own."""

    def __init__(self, data: Path, *, log: str = "serve.log", **environment: str) -> None:
        super().__init__()
        self.data = data
        self.log = data / log
        self._environment = {
            **os.environ,
            "PARLEY_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "chatproject.settings",
            "PARLEY_SEND_BURST": "100000",
            "PARLEY_SEND_PER_SECOND": "100000",
            "PARLEY_TEXT_PER_DAY": "100000000000",
            **environment,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Tables and static files, as `make run` makes them."""
        shutil.copytree(made_once(), self.data, dirs_exist_ok=True, copy_function=_link_what_is_only_read)
        if self._environment.get("DATABASE_URL"):
            self.manage("migrate", "--verbosity", "0")

    def manage(self, *arguments: str) -> str:
        """Run a manage.py command on this server's data."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.launch(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def last_words(self) -> str:
        return self.log.read_text()

    def troubles(self) -> list[str]:
        """What the server's log says that it should not."""
        return [line for line in self.log.read_text().splitlines() if "Traceback" in line or "Error" in line]

    # --- accounts, through the API

    def sign_in(self, username: str, password: str) -> int:
        """The status of a try to sign in."""
        body = {"username": username, "password": password}
        return httpx.post(f"{self.url}/api/v1/login", json=body, timeout=30).status_code

    def sign_up(self, username: str, **headers: str) -> Account:
        body = {"username": username, "email": f"{username}@example.org", "password": PASSWORD}
        answer = httpx.post(f"{self.url}/api/v1/signup", json=body, headers=headers, timeout=30)
        assert answer.status_code == 201, answer.text
        return Account(self, answer.json()["user"]["id"], answer.json()["token"], username)

    def newcomer(self, name: str) -> Account:
        """Somebody of this name, and of a username that nobody had before."""
        return self.sign_up(f"{name}-{uuid.uuid4().hex[:8]}")


@functools.cache
def made_once() -> Path:
    """A data folder to copy, as making one takes seconds: each process of the tests makes its own."""
    folder = tempfile.TemporaryDirectory(prefix="parley-made-")
    atexit.register(folder.cleanup)
    data = Path(folder.name) / "data"
    data.mkdir()
    server = LiveServer(data, DATABASE_URL="", PARLEY_FOLLOWER_URLS="", REDIS_URL="", CASSANDRA_URL="")
    server.manage("migrate", "--verbosity", "0")
    server.manage("collectstatic", "--noinput", "--verbosity", "0")
    return data


def _link_what_is_only_read(source: str, target: str) -> None:
    """A thousand static files need no copy; both folders are temporary, and on one file system."""
    (os.link if "/static/" in source else shutil.copy2)(source, target)


Workers = tuple[LiveServer, LiveServer]


@contextmanager
def two_workers(data: Path, **environment: str) -> Iterator[Workers]:
    """Of one data folder, as behind a proxy that asks now this one, now that one."""
    pair = LiveServer(data, log="0.log", **environment), LiveServer(data, log="1.log", **environment)
    pair[0].prepare()
    try:
        for worker in pair:
            worker.start()
        yield pair
    finally:
        for worker in pair:
            worker.stop()


class Account:
    """A person at a server, by token."""

    def __init__(self, server: LiveServer, user_id: str, token: str, username: str) -> None:
        self.server = server
        self.id = user_id
        self.username = username
        self.token = token
        headers = {"Authorization": f"Bearer {token}"}
        self.api = httpx.Client(base_url=f"{server.url}/api/v1/", headers=headers, timeout=30)

    def at(self, server: LiveServer) -> Account:
        """The same person at another worker of the same Parley."""
        return Account(server, self.id, self.token, self.username)

    def browser(self) -> httpx.Client:
        """Signed in as by the form of the sign-in page, with a session of its own."""
        browser = httpx.Client(base_url=self.server.url, follow_redirects=True, timeout=30)
        browser.get("/accounts/login/").raise_for_status()
        form = {"login": self.username, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        answer = browser.post("/accounts/login/", data=form, follow_redirects=False)
        assert answer.status_code == 302, answer.text
        return browser

    def make_group(self, *members: Account, name: str = "", **fields: Any) -> str:
        name = name or f"group {uuid.uuid4().hex[:8]}"
        answer = self.api.post("groups", json={"name": name, **fields})
        assert answer.status_code == 201, answer.text
        group_id = str(answer.json()["id"])
        for member in members:
            member.agree_to(self)
            added = self.api.post(f"groups/{group_id}/members", json={"user_id": member.id})
            assert added.status_code == 201, added.text
        return group_id

    def agree_to(self, other: Account) -> None:
        """Take them into the contacts, so that they may add this account to groups."""
        self.api.put(f"users/{self.id}/contacts/{other.id}", json={}).raise_for_status()

    def ticket(self) -> str:
        answer = self.api.post("ticket")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ticket"])

    async def connect(self, *, asks: bool = False) -> Socket:
        """A socket after its welcome and its positions; one that asks for those itself, after its welcome."""
        ticket = await asyncio.to_thread(self.ticket)
        subprotocols = [websockets.Subprotocol("parley.v1"), websockets.Subprotocol(f"ticket.{ticket}")]
        url = self.server.url.replace("http", "ws") + ("/ws?positions=asked" if asks else "/ws")
        socket = Socket(await websockets.connect(url, subprotocols=subprotocols, max_size=None))
        if not asks:
            return await socket.begin()
        assert (await socket.expect("welcome"))["positions"] == "asked"
        return socket


class Socket:
    """One socket: sends objects, waits for objects, remembers everything it was told."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection
        self.told: list[dict[str, Any]] = []
        self.positions: dict[str, dict[str, Any]] = {}

    async def begin(self) -> Socket:
        await self.expect("welcome")
        while True:
            page = await self.expect("conversations.page")
            self.positions |= {row["conversation_id"]: row for row in page["conversations"]}
            if not page["more"]:
                return self

    async def send(self, **command: Any) -> None:
        await self.connection.send(json.dumps(command))

    async def receive(self) -> dict[str, Any]:
        frame = json.loads(await asyncio.wait_for(self.connection.recv(), DEADLINE_SECONDS))
        self.told.append(frame)
        return dict(frame)

    async def expect(self, type: str, is_it: Callable[[dict[str, Any]], bool] = lambda frame: True) -> dict[str, Any]:
        """The next frame of this type for which `is_it` holds; others are remembered and passed over."""
        while True:
            frame = await self.receive()
            if frame["type"] == type and is_it(frame):
                return frame

    async def ask(self, **command: Any) -> dict[str, Any]:
        """Send a command with a ref and wait for the answer that carries it."""
        command.setdefault("ref", uuid.uuid4().hex)
        await self.send(**command)
        while True:
            frame = await self.receive()
            if frame.get("ref") == command["ref"]:
                return frame

    async def say(self, conversation_id: str, body: str, key: str | None = None) -> dict[str, Any]:
        """Send a message and wait for its ack or its error."""
        key = key or str(uuid.uuid4())
        await self.send(type="message.send", key=key, conversation_id=conversation_id, body=body)
        while True:
            frame = await self.receive()
            if frame.get("key") == key and frame["type"] in ("ack", "error"):
                return frame

    async def closed(self) -> int:
        """The close code, once the server has closed the socket."""
        try:
            while True:
                await self.receive()
        except websockets.ConnectionClosed:
            code = self.connection.close_code
            return code if code is not None else 1006

    async def close(self) -> None:
        await self.connection.close()
