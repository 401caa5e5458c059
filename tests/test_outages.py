"""While a store does not answer people get a calm page, programs a problem document, and the log one line."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from django.db import OperationalError, ProgrammingError
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.errors import UnavailableError
from chatproject.database import HELD_CONNECTIONS, read_database, serve_from_pool
from chatproject.logs import OneLine
from chatproject.outages import server_error


def broken(path: str, error: Exception) -> tuple[int, str, str]:
    """What is answered to a request that broke with this error: status, Retry-After, body."""
    request: HttpRequest = RequestFactory().get(path)
    try:
        raise error
    except Exception:
        answer = server_error(request)
    return answer.status_code, answer.headers.get("Retry-After", ""), answer.content.decode()


@pytest.mark.parametrize("error", [OperationalError("pool timeout"), UnavailableError()])
def test_a_page_without_its_database_is_calm(error: Exception) -> None:
    status, wait, page = broken("/people/", error)
    assert (status, wait) == (503, "2")
    assert "Back in a moment" in page
    assert "pool" not in page


def test_the_api_without_its_database_says_unavailable() -> None:
    status, wait, document = broken("/api/v1/me", OperationalError("pool timeout"))
    assert (status, wait) == (503, "2")
    assert '"code": "unavailable"' in document
    assert "pool" not in document


def test_what_is_our_own_mistake_stays_500() -> None:
    assert broken("/people/", KeyError("x"))[0] == 500
    status, _, document = broken("/api/v1/me", KeyError("x"))
    assert status == 500
    assert '"code": "internal"' in document


def logged(error: Exception) -> str:
    try:
        raise error
    except Exception:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "%s failed", ("flush",), sys.exc_info())
    OneLine().filter(record)
    return logging.Formatter().format(record)


def test_a_store_that_is_away_is_one_line_in_the_log_and_a_mistake_is_a_traceback() -> None:
    assert logged(OperationalError("no route\nto it")) == "flush failed: no route"
    assert "Traceback" in logged(ProgrammingError("no such column"))


def test_what_serves_shares_a_pool_and_bounds_its_statements(tmp_path: Path) -> None:
    database = read_database("postgres://parley@127.0.0.1/parley", tmp_path)
    serve_from_pool(database, 7)
    assert database["CONN_MAX_AGE"] == 0
    assert database["CONN_HEALTH_CHECKS"]
    assert database["OPTIONS"]["pool"]["max_size"] == 7 + HELD_CONNECTIONS
    assert database["OPTIONS"]["pool"]["timeout"] == 2
    assert "statement_timeout=3000" in database["OPTIONS"]["options"]


def test_commands_have_no_pool_and_sqlite_has_none(tmp_path: Path) -> None:
    assert "pool" not in read_database("postgres://parley@127.0.0.1/parley", tmp_path)["OPTIONS"]
    embedded = read_database("", tmp_path)
    serve_from_pool(embedded, 7)
    assert "pool" not in embedded["OPTIONS"]
