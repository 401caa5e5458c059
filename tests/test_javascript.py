"""The browser's modules that need no browser: their own tests, and that they speak the server's protocol."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import playwright
import pytest

from messaging import protocol

ROOT = Path(__file__).resolve().parent.parent
NODE = Path(playwright.__file__).parent / "driver" / "node"  # comes with the package


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([NODE, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def mirrored() -> dict[str, Any]:
    script = (
        "import('./static/js/protocol.js').then((module) => console.log(JSON.stringify(module, "
        "(key, value) => value instanceof Set ? [...value] : value)))"
    )
    answer = node("--no-warnings", "-e", script)
    assert answer.returncode == 0, answer.stderr
    exported: dict[str, Any] = json.loads(answer.stdout)
    return exported


def fields_by_type(union: Any) -> dict[str, set[str]]:
    kinds = union.__args__
    return {kind.__struct_config__.tag: {field.name for field in msgspec.structs.fields(kind)} for kind in kinds}


@pytest.mark.parametrize(
    ("name", "union"),
    [("COMMANDS", protocol.AnyCommand), ("CHANGES", protocol.AnyChange), ("EVENTS", protocol.AnyEvent)],
)
def test_the_browser_knows_every_type_and_field(mirrored: dict[str, Any], name: str, union: Any) -> None:
    assert {kind: set(fields) for kind, fields in mirrored[name].items()} == fields_by_type(union)


def test_the_browser_knows_the_limits(mirrored: dict[str, Any]) -> None:
    for name in ("SUBPROTOCOL", "BODY_CHARACTERS", "FRAME_BYTES", "PAGE_CHANGES", "TYPING_SECONDS", "WATCHED_MOST"):
        assert mirrored[name] == getattr(protocol, name), name
    assert mirrored["PERSON_SEEN"] == [field.name for field in msgspec.structs.fields(protocol.PersonSeen)]
    assert mirrored["ATTENTION"] == [field.name for field in msgspec.structs.fields(protocol.Attention)]
    assert mirrored["RECEIPT"] == [field.name for field in msgspec.structs.fields(protocol.Receipt)]
    assert mirrored["POSITION"] == [field.name for field in msgspec.structs.fields(protocol.Position)]


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "js").glob("*.test.mjs")), ids=lambda path: path.stem)
def test_the_modules_own_tests_pass(path: Path) -> None:
    answer = node("--no-warnings", "--test", "--test-force-exit", str(path))
    assert answer.returncode == 0, answer.stdout + answer.stderr
