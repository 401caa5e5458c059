"""The numbering's own code in a world where everything goes wrong, in any order; and with one rule switched off, which
must show. `FIRST` says where a rule that is seldom needed shows: change the world or the code, and look again.
"""

from __future__ import annotations

import logging

import pytest

from tests.history.controls import CONTROLS
from tests.history.simulated import BrokenPromise, Rules, live_once, target_of

LIVES = 400
LIVES_MOST = 1000
FIRST = {
    "a new epoch begins without waiting": 2200,
    "the deadline alone": 1000,
    "leftovers are kept": 5800,
    "bases are not stored": 9700,
    "a row of another epoch is kept": 1300,
}


@pytest.fixture(autouse=True)
def quiet() -> None:
    logging.getLogger("messaging.history.sequencing").setLevel(logging.ERROR)


@pytest.mark.parametrize("freezes_often", [False, True], ids=["calm", "often frozen"])
@pytest.mark.parametrize("with_moments", [False, True], ids=["records of any age", "records of a known age"])
@pytest.mark.parametrize("with_renewals", [False, True], ids=["leases read by who sends", "leases read in good time"])
def test_no_promise_is_ever_broken(freezes_often: bool, with_moments: bool, with_renewals: bool) -> None:
    rules = Rules(
        freezes_often=freezes_often, with_targets=True, with_moments=with_moments, with_renewals=with_renewals
    )
    worlds = [live_once(seed, rules) for seed in range(LIVES)]
    assert sum(len(world.acked) for world in worlds) > 5 * LIVES
    assert sum(len(world.seen) for world in worlds) > 5 * LIVES
    assert any(world.voids for world in worlds)
    assert any(target_of(rules, content) for world in worlds for content in world.seen.values())
    assert max(world.epoch.epoch for world in worlds if world.epoch) > 3


@pytest.mark.parametrize("name", CONTROLS)
def test_a_rule_switched_off_breaks_a_promise(name: str) -> None:
    first = FIRST.get(name, 0)
    for seed in range(first, first + LIVES_MOST):
        try:
            live_once(seed, CONTROLS[name])
        except BrokenPromise:
            return
    pytest.fail(f"nothing broke in {LIVES_MOST} lives")
