"""What goes wrong: each fault breaks something, shows that it is broken, and mends it, while people talk."""

from __future__ import annotations

from tests.faults.breaking import cassandra, links, members, nginx, postgres, readers, redis, storm, workers
from tests.faults.breaking.fault import Fault, Stage

__all__ = ["FAULTS", "Fault", "Stage"]


async def nothing(stage: Stage) -> None:
    """A calm run."""


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("calm", "nothing breaks", nothing),
        *workers.FAULTS,
        *redis.FAULTS,
        *cassandra.FAULTS,
        *postgres.FAULTS,
        *nginx.FAULTS,
        *storm.FAULTS,
        *readers.FAULTS,
        *members.FAULTS,
        *links.FAULTS,
    )
}
