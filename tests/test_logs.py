"""What others do wrong costs one line of the log."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest
from django.core.exceptions import BadRequest, DisallowedHost
from django.db.utils import OperationalError

from chatproject.logs import Abandoned, OneLine


def record_of(error: Exception) -> logging.LogRecord:
    about = (type(error), error, None)
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Bad: %s", ("/c/",), about)
    assert OneLine().filter(record)
    return record


@pytest.mark.parametrize("error", [BadRequest("no number"), DisallowedHost("no number"), OperationalError("no number")])
def test_what_others_do_wrong_is_one_line(error: Exception) -> None:
    record = record_of(error)
    assert record.getMessage() == "Bad: /c/: no number"
    assert record.exc_info is None


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    assert record_of(ValueError("ours")).exc_info


@pytest.mark.parametrize(("error", "is_written"), [(asyncio.CancelledError(), False), (ValueError("ours"), True)])
async def test_a_request_whose_client_left_is_not_written_down(error: BaseException, is_written: bool) -> None:
    written: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = written.append  # type: ignore[method-assign]
    handler.addFilter(Abandoned())
    logging.getLogger("asyncio").addHandler(handler)
    try:
        asyncio.get_running_loop().create_future().set_exception(error)
        gc.collect()
    finally:
        logging.getLogger("asyncio").removeHandler(handler)
    assert bool(written) is is_written
