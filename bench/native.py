"""Compiles the client and those that Parley is compared with, into a folder that is no part of the repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILT = ROOT / "var" / "bench"


def build() -> Path:
    """The packages of the peers come from npm and the Go module proxy, at the versions pinned beside them."""
    BUILT.mkdir(parents=True, exist_ok=True)
    for name in ("client", "broadcaster"):
        _run("cc", "-O2", "-Wall", "-Wextra", "-o", BUILT / name, HERE / "native" / f"{name}.c")
    shutil.copytree(HERE / "peers" / "ws", BUILT / "ws", dirs_exist_ok=True)
    if not (BUILT / "ws" / "node_modules").exists():
        _run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=BUILT / "ws")
    _run("go", "build", "-mod=readonly", "-o", BUILT / "gorilla", ".", cwd=HERE / "peers" / "gorilla")
    _build_tinode()
    return BUILT


def _build_tinode() -> None:
    """Its server and what makes its database; a minute the first time, and nothing while they are up to date."""
    packages = [f"github.com/tinode/chat/{name}" for name in ("server", "tinode-db")]
    command = ["go", "build", "-mod=readonly", "-tags", "postgres", "-o", BUILT / "tinode"]
    (BUILT / "tinode").mkdir(exist_ok=True)
    _run(*command, *packages, cwd=HERE / "peers" / "tinode")


def _run(*words: str | Path, cwd: Path = ROOT) -> None:
    subprocess.run([str(word) for word in words], cwd=cwd, check=True)
