"""The system's programs that the cluster needs, installed by apt-get where they are missing, never as services."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tiers.process import TierError

POLICY = Path("/usr/sbin/policy-rc.d")


def postgres_folder() -> Path | None:
    """Where the newest PostgreSQL keeps its programs, which are not on the path."""
    found = (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return max(found, key=lambda path: float(path.parent.name), default=None)


def install_missing(java: bool) -> None:
    """`java`: with what Cassandra needs. Raises TierError where nothing can be installed."""
    missing = [package for package, there in _wanted(java).items() if not there]
    if not missing:
        return
    names = ", ".join(missing)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise TierError(f"This needs {names}: install them, then run it again.")
    with _no_services():
        for words in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
            done = subprocess.run(
                ["apt-get", "-qq", *words],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise TierError(f"apt-get could not install {names}: {done.stderr.strip()}")


def _wanted(java: bool) -> dict[str, object]:
    wanted: dict[str, object] = {
        "postgresql": postgres_folder(),
        "redis-server": shutil.which("redis-server"),
        "nginx-light": shutil.which("nginx"),
    }
    if java:
        wanted |= {"openjdk-17-jdk-headless": shutil.which("java"), "maven": shutil.which("mvn")}
    return wanted


@contextmanager
def _no_services() -> Iterator[None]:
    """What packages start would take ports and outlive us. An administrator's own policy stays."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
