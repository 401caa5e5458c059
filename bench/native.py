"""Compiles the client and those that Parley is compared with, into a folder that is no part of the repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILT = ROOT / "var" / "bench"


def build() -> Path:
    """The packages of the two peers come from npm and the Go module proxy, at the versions pinned beside them."""
    BUILT.mkdir(parents=True, exist_ok=True)
    for name in ("client", "broadcaster"):
        _run("cc", "-O2", "-Wall", "-Wextra", "-o", BUILT / name, HERE / "native" / f"{name}.c")
    shutil.copytree(HERE / "peers" / "ws", BUILT / "ws", dirs_exist_ok=True)
    if not (BUILT / "ws" / "node_modules").exists():
        _run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=BUILT / "ws")
    _run("go", "build", "-mod=readonly", "-o", BUILT / "gorilla", ".", cwd=HERE / "peers" / "gorilla")
    return BUILT


def _run(*words: str | Path, cwd: Path = ROOT) -> None:
    subprocess.run([str(word) for word in words], cwd=cwd, check=True)
