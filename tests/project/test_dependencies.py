"""What the code imports is what the requirements name, each in the set that needs it, and the locks pin all of it."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
RUN, S3, DEV = "requirements", "requirements-s3", "requirements-dev"
# Each set includes those before it.
SETS = [RUN, S3, DEV]
SOURCES = {
    RUN: ["accounts", "groups", "messaging", "chatproject", "deploy", "manage.py"],
    S3: ["messaging/files/bucket.py"],
    DEV: [
        "tests",
        "bench",
        "messaging/client",
        "chatproject/replay",
        "chatproject/management/commands/replay.py",
    ],
}
# Packages that no module imports: the file and the text that need them.
NEEDED_WITHOUT_IMPORT = {
    "argon2-cffi": ("accounts/hashers.py", "Argon2PasswordHasher"),
    "django-cassandra-engine": ("chatproject/settings.py", '"ENGINE": "django_cassandra_engine"'),
    "hiredis": ("messaging/layer.py", "redis._parsers.hiredis"),
    "lucide": ("chatproject/settings.py", '"lucide"'),
    "tzdata": ("accounts/zones.py", "from zoneinfo import"),
    "check-jsonschema": ("Makefile", "$(BIN)/check-jsonschema"),
    "django-stubs": ("pyproject.toml", "mypy_django_plugin"),
    "djangorestframework-stubs": ("pyproject.toml", "mypy_drf_plugin"),
    "flask": ("tests/live_s3.py", "moto.server"),
    "flask-cors": ("tests/live_s3.py", "moto.server"),
    "mkdocs": ("Makefile", "$(BIN)/mkdocs"),
    "mkdocs-include-markdown-plugin": ("mkdocs.yml", "- include-markdown"),
    "mkdocs-material": ("mkdocs.yml", "name: material"),
    "moto": ("tests/live_s3.py", "moto.server"),
    "mypy": ("Makefile", "$(BIN)/mypy"),
    "pre-commit": ("Makefile", "$(BIN)/pre-commit"),
    "py-spy": ("bench/stages.py", '"py-spy"'),
    "pytest-asyncio": ("pyproject.toml", "asyncio_mode"),
    "pytest-cov": ("Makefile", "--cov"),
    "pytest-timeout": ("pyproject.toml", "timeout ="),
    "pytest-xdist": ("Makefile", "--dist"),
    "ruff": ("Makefile", "$(BIN)/ruff"),
    "uv": ("Makefile", "$(BIN)/uv"),
}
OURS = {"accounts", "groups", "messaging", "chatproject", "deploy", "tests", "bench", "tiers", "cluster", "manage"}


def modules_of(of: str) -> Iterator[Path]:
    """The Python files of one set: those that a later set names are left to it."""
    later = [ROOT / source for other in SETS[SETS.index(of) + 1 :] for source in SOURCES[other]]
    for source in SOURCES[of]:
        path = ROOT / source
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if not any(file.is_relative_to(other) for other in later):
                yield file


@cache
def imported_by(file: Path) -> set[str]:
    """Names of the top-level modules that are neither ours nor Python's."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names} - OURS - set(sys.stdlib_module_names)


@cache
def providers() -> Mapping[str, list[str]]:
    """The installed packages by module; it takes a second to find out."""
    return packages_distributions()


def distributions_of(module: str) -> set[str]:
    """The packages that may provide a module; of several that share it, the one of the same name."""
    found = {canonicalize_name(name) for name in providers().get(module, [module])}
    return {canonicalize_name(module)} & found or found


def declared_in(of: str) -> dict[str, Requirement]:
    lines = [line.partition(" #")[0].strip() for line in (ROOT / f"{of}.in").read_text().splitlines()]
    requirements = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def locked_in(of: str) -> dict[str, str]:
    """Versions by package. A package may stand there twice, under markers that exclude each other."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", (ROOT / f"{of}.txt").read_text(), re.MULTILINE))


@pytest.mark.parametrize("of", SETS)
def test_each_import_is_declared_in_the_set_that_needs_it(of: str) -> None:
    available = {name for other in SETS[: SETS.index(of) + 1] for name in declared_in(other)}
    missing = {
        f"{file.relative_to(ROOT)}: {module}"
        for file in modules_of(of)
        for module in imported_by(file)
        if not distributions_of(module) & available
    }
    assert not missing


@pytest.mark.parametrize("of", SETS)
def test_each_declared_package_is_imported_or_needed_by_name(of: str) -> None:
    used = {name for file in modules_of(of) for module in imported_by(file) for name in distributions_of(module)}
    for name in set(declared_in(of)) - used:
        assert name in NEEDED_WITHOUT_IMPORT, f"nothing needs {name}"
        file, text = NEEDED_WITHOUT_IMPORT[name]
        assert text in (ROOT / file).read_text(), f"{file} no longer needs {name}"


def test_nothing_that_is_imported_or_undeclared_is_listed_as_needed_by_name() -> None:
    declared = {name for of in SETS for name in declared_in(of)}
    assert set(NEEDED_WITHOUT_IMPORT) <= declared


@pytest.mark.parametrize("of", SETS)
def test_a_lock_pins_what_is_declared_and_holds_the_set_below(of: str) -> None:
    locked = locked_in(of)
    for name, requirement in declared_in(of).items():
        assert requirement.specifier.contains(locked[name]), f"run make lock: {requirement}"
    below = SETS[: SETS.index(of)]
    for other in below:
        assert locked_in(other).items() <= locked.items(), "run make lock: the sets differ"


@pytest.mark.parametrize("of", SETS)
def test_a_lock_has_hashes_for_every_package_and_names_no_index(of: str) -> None:
    text = (ROOT / f"{of}.txt").read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text.split("\n", 2)[2])
    assert len(entries) >= len(declared_in(of))
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+( ; [^\\]+)? \\\n    --hash=sha256:[0-9a-f]{64}", entry), entry
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash", ""), re.MULTILINE)


@pytest.mark.parametrize("module", ["httpx", "rich"])
def test_the_replay_says_what_it_needs_where_only_running_is_installed(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = ("chatproject.replay", "chatproject.management", "messaging.client", f"{module}.")
    for name in [name for name in sys.modules if name.startswith(fresh)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SystemExit, match="make install-dev"):
        importlib.import_module("chatproject.management.commands.replay")
