"""A world for the numbering code, in which everything goes wrong that can."""

from messaging.history.sequencing.ports import Row
from tests.history.simulated.life import NOBODY, live_once
from tests.history.simulated.ports import PLACE, WorldRows
from tests.history.simulated.world import BrokenPromise, Rules, World, target_of

__all__ = ["NOBODY", "PLACE", "BrokenPromise", "Row", "Rules", "World", "WorldRows", "live_once", "target_of"]
