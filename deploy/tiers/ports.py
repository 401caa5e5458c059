"""Which port each part has: the usual one, else a free one; the choice of the first start holds."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from tiers.process import is_taken

USUAL = {"postgres": 5442, "redis": 6389, "worker1": 8091, "worker2": 8092, "worker3": 8093}


def chosen_ports(file: Path, port: int | None) -> dict[str, int]:
    """`port`: nginx's; 8080 when nobody chose."""
    kept: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    ports = {**{name: _free(usual) for name, usual in USUAL.items() if name not in kept}, **kept}
    ports["nginx"] = port or kept.get("nginx", 8080)
    if ports != kept:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(ports, indent=2))
    return ports


def _free(usual: int) -> int:
    if not is_taken(usual):
        return usual
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
