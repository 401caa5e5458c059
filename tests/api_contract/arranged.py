"""Requests that are valid only by what the server has at the moment: a seq that was given, bytes that are awaited.

A request that schemathesis made is changed shortly before it is sent, as a client would that looked first. Of what does
not exist every other request is led to something that does; the rest find out what is said of what is not there.
"""

from __future__ import annotations

import json
import os
import uuid
from typing import Any

import httpx
import schemathesis

URL = os.environ["PARLEY_URL"]
ACCOUNT: dict[str, str] = json.loads(os.environ["PARLEY_ACCOUNT"])
CHUNK_BYTES = 65_536
UPLOAD_BYTES = 100_000


class Client:
    """The account that asks, by a token of its own; another one after an operation has ended it."""

    def __init__(self) -> None:
        self._api = httpx.Client(base_url=f"{URL}/api/v1/", timeout=30)

    def ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        answer = self._api.request(method, path, **content)
        if answer.status_code == 401:
            self._api.headers["Authorization"] = f"Bearer {token()}"
            answer = self._api.request(method, path, **content)
        return answer

    def found(self, path: str) -> dict[str, Any] | None:
        answer = self.ask("GET", path)
        return dict(answer.json()) if answer.status_code == 200 else None

    def made(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = self.ask("POST", path, json=fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def token() -> str:
    answer = httpx.post(f"{URL}/api/v1/login", json=ACCOUNT, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["token"])


client = Client()
# The operation, and the least seq that it takes.
MARKS = {
    "PUT /api/v1/conversations/{conversation_id}/read": 0,
    "PUT /api/v1/conversations/{conversation_id}/unread": 1,
}


def arrange(case: schemathesis.Case) -> None:
    """Make a request valid that the document cannot say how to make so."""
    if case.operation.label in MARKS and isinstance(case.body, dict):
        _mark_what_is_there(case)
    elif case.operation.label == "PATCH /api/v1/uploads/{upload_id}":
        _send_what_is_awaited(case)


def _mark_what_is_there(case: schemathesis.Case) -> None:
    seq, least = case.body["seq"], MARKS[case.operation.label]
    head = _head_of(case.path_parameters["conversation_id"])
    if head is None and seq % 2:
        return
    if head is None or head < least:
        place = client.made("groups", name=f"marks {uuid.uuid4().hex[:8]}")["id"]
        case.path_parameters["conversation_id"], head = place, _head_of(place)
    assert head is not None
    assert head >= least
    case.body["seq"] = least + seq % (head - least + 1)


def _head_of(conversation_id: str) -> int | None:
    """The seq of its newest change: 0 where nothing was said yet, None where there is no such conversation."""
    page = client.found(f"conversations/{conversation_id}/messages?limit=1")
    return page and max((change["seq"] for change in page["results"]), default=0)


def _send_what_is_awaited(case: schemathesis.Case) -> None:
    content = case.body if isinstance(case.body, bytes) else b""
    upload = client.found(f"uploads/{case.path_parameters['upload_id']}")
    if upload is None and len(content) % 2:
        return
    if upload is None:
        place = client.made("groups", name=f"files {uuid.uuid4().hex[:8]}")
        asked = {"conversation_id": place["id"], "key": str(uuid.uuid4()), "name": "a.bin", "size": UPLOAD_BYTES}
        upload = client.made("uploads", **asked)
        case.path_parameters["upload_id"] = upload["id"]
    awaited = min(upload["size"] - upload["offset"], CHUNK_BYTES)
    case.headers["Upload-Offset"] = str(upload["offset"])
    case.body = ((content or b"x") * awaited)[:awaited]
