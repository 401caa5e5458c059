"""The tables of docs/reliability.md: new outcomes take the place of old ones, and what was not run stays."""

from __future__ import annotations

from tests.faults import controls, sabotage
from tests.faults.breaking import FAULTS
from tests.faults.report import DOCUMENT, _fault_row, _with_rows
from tests.faults.run import Verdict

TEXT = """before
<!-- faults -->
| what | acked |
| --- | --- |
| one | 1 |
| two | 2 |
<!-- /faults -->
after
"""


def test_a_row_is_replaced_and_others_stay() -> None:
    text = _with_rows(TEXT, "faults", ["| two | 22 |", "| three | 3 |"])
    assert text.splitlines()[4:7] == ["| one | 1 |", "| two | 22 |", "| three | 3 |"]
    assert (text.splitlines()[0], text.splitlines()[-1]) == ("before", "after")


def test_a_run_that_proves_nothing_is_not_told_as_clean() -> None:
    verdict = Verdict(FAULTS["worker_killed"], 12, [], ["only 12 of 5000 sends were acknowledged"], 0.0, 0.0, [])
    assert "| not valid |" in _fault_row(verdict)


def test_every_outcome_has_its_place_in_the_document() -> None:
    for table in ("faults", "replay", "controls"):
        assert _with_rows(DOCUMENT.read_text(), table, []) == DOCUMENT.read_text()


def test_every_deliberate_defect_is_tried_with_a_fault_that_exists() -> None:
    assert set(controls.CONTROLS) == set(sabotage.SABOTAGES)
    assert {control.fault for control in controls.CONTROLS.values()} <= set(FAULTS)
