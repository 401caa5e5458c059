"""Errors to plant into a clean history, each with the check that is there for it."""

from __future__ import annotations

from tests.faults.planted import deeds, messages, shown

__all__ = ["PLANTED"]

PLANTED = [*messages.PLANTED, *deeds.PLANTED, *shown.PLANTED]
