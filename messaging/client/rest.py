"""The API over HTTP. A call is made again over an outage, so every call here must be harmless when repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from messaging.client.errors import RefusedError
from messaging.client.pauses import PATIENCE_SECONDS, Pauses

WORTH_ANOTHER_TRY = (429, 500, 502, 503, 504)
SECONDS = 30.0
CONNECTIONS_MOST = 32


@dataclass(frozen=True, slots=True)
class Account:
    user_id: UUID
    token: str


class Rest:
    """`url` is where Parley is, without a path. Many accounts may share one."""

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.url = url.rstrip("/")
        self.tries_again = 0
        self.patience_seconds = patience_seconds
        # Never through a proxy of the environment: the address is the one that was given.
        self._http = httpx.AsyncClient(
            base_url=f"{self.url}/api/v1/",
            timeout=SECONDS,
            trust_env=False,
            limits=httpx.Limits(max_connections=CONNECTIONS_MOST, max_keepalive_connections=CONNECTIONS_MOST),
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def call(
        self, method: str, path: str, data: dict[str, Any] | None = None, *, account: Account | None = None
    ) -> dict[str, Any]:
        """The answer's object. Raises RefusedError, or GaveUpError when the server stays away."""
        headers = {"Authorization": f"Bearer {account.token}"} if account else {}
        pauses = Pauses(self.patience_seconds)
        while True:
            try:
                answer = await self._http.request(method, path, json=data, headers=headers)
            except httpx.TransportError as error:
                await pauses.rest(repr(error))
            else:
                if answer.status_code not in WORTH_ANOTHER_TRY:
                    return _read(answer)
                await pauses.rest(answer.text[:200], at_least=float(answer.headers.get("Retry-After", 0)))
            self.tries_again += 1

    async def sign_up(self, username: str, password: str, *, display_name: str = "") -> Account:
        """A new account; the one of an earlier try, when that had arrived after all."""
        data = {"username": username, "email": f"{username}@example.org", "password": password}
        try:
            answer = await self.call("POST", "signup", data | {"display_name": display_name})
        except RefusedError as error:
            if error.code != "username_taken":
                raise
            answer = await self.call("POST", "login", {"username": username, "password": password})
        return Account(UUID(answer["user"]["id"]), str(answer["token"]))

    async def ticket(self, account: Account) -> str:
        return str((await self.call("POST", "ticket", account=account))["ticket"])

    async def make_public_group(self, account: Account, name: str) -> UUID:
        """The group of this name; the one of an earlier try, when that had arrived after all."""
        try:
            answer = await self.call("POST", "groups", {"name": name, "is_public": True}, account=account)
        except RefusedError as error:
            if error.code != "name_taken":
                raise
            answer = await self.call("POST", "groups/join", {"name": name}, account=account)
        return UUID(answer["id"])

    async def join(self, account: Account, name: str) -> None:
        await self.call("POST", "groups/join", {"name": name}, account=account)

    async def leave(self, account: Account, group_id: UUID) -> None:
        """Once out, an earlier try has worked."""
        try:
            await self.call("DELETE", f"groups/{group_id}/members/{account.user_id}", account=account)
        except RefusedError as error:
            if error.code != "not_found":
                raise

    async def changes(self, account: Account, conversation_id: UUID, *, limit: int = 200) -> list[dict[str, Any]]:
        """The whole timeline, page by page as `next` leads."""
        found: list[dict[str, Any]] = []
        path: str | None = f"conversations/{conversation_id}/messages?after=0&limit={limit}"
        while path:
            answer = await self.call("GET", path, account=account)
            found += answer["results"]
            path = answer["next"]
        return found


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        read = answer.json() if answer.content else {}
    except ValueError:
        read = {}
    if answer.is_success:
        return dict(read)
    raise RefusedError(str(read.get("code", answer.status_code)), f"{read.get('detail', answer.text[:200])}")
