"""How the API refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

Api = Callable[..., APIClient]
JSON = "application/json"
NOBODY = "8c2f5a54-5f5e-4b0e-9d3f-6f2f0c6f7b11"


def refused(answer: Any, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    assert answer["Content-Type"] == "application/problem+json", answer.content
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert told["status"] == status
    if field is not None:
        assert told["field"] == field
    assert "Traceback" not in answer.content.decode()
    return told
