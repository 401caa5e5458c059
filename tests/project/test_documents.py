"""Documents lead somewhere: links, the site's navigation, the list of decisions, and every command that they name."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
MAKE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKE, re.MULTILINE))
# What GitHub shows; the site's own links are checked by its build.
TOP = [*ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.md")]
DOCUMENTS = [*TOP, *sorted((ROOT / "docs").rglob("*.md"))]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_the_site_builds_without_a_broken_link_or_a_page_that_nothing_leads_to(tmp_path: Path) -> None:
    # Not --quiet: what is not logged does not count as a warning.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert "http" not in " ".join(re.findall(r"<(?:script|link|img)[^>]*>", (tmp_path / "site/index.html").read_text()))


@pytest.mark.parametrize("document", TOP, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_documents_outside_the_site_lead_to_files(document: Path) -> None:
    targets = re.findall(r'(?:\]\(|src=")([^)"#\s]+)', document.read_text())
    for target in targets:
        assert "://" in target or (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_a_document_names_exists(document: Path) -> None:
    for words in re.findall(r"(?:`|^)(?:[A-Z]+=\S+ )*make ((?:[a-z-]+ ?)+)", document.read_text(), re.MULTILINE):
        assert set(words.split()) <= TARGETS, words


def test_every_target_that_makes_no_file_is_phony() -> None:
    phony = set(re.findall(r"^\.PHONY: (.+)$", MAKE, re.MULTILINE)[0].split())
    assert phony == TARGETS


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_commands_that_exist_with_actions_pinned(workflow: Path) -> None:
    jobs = yaml.safe_load(workflow.read_text())["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    commands = [command for step in steps for command in step.get("run", "").splitlines()]
    assert ".ci/run" in commands
    for command in commands:
        program, *words = command.split()
        assert program in ("make", ".ci/run", "apt-get"), command
        assert program != "make" or set(words) <= TARGETS, command
    for step in steps:
        assert "uses" not in step or re.search(r"@[0-9a-f]{40}$", step["uses"]), step


def test_the_workflow_tries_every_python_that_is_supported() -> None:
    [workflow] = WORKFLOWS
    tried = yaml.safe_load(workflow.read_text())["jobs"]["units"]["strategy"]["matrix"]["python"]
    assert re.search(rf'^requires-python = ">={tried[0]}"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)


@pytest.mark.parametrize("record", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_a_title_a_status_and_a_date_and_is_listed(record: Path) -> None:
    text = record.read_text()
    number = int(record.name[:4])
    head = re.match(rf"# {number}\. (.+)\n\nStatus: (accepted|superseded by \d{{4}})\. Date: (\S+)\.\n\n", text)
    assert head, "a record begins with '# N. Title' and 'Status: accepted. Date: YYYY-MM-DD.'"
    title, status, day = head.groups()
    date.fromisoformat(day)
    row = f"| [{number:04}]({record.name}) | {title} | {status} | {day} |\n"
    assert row in (ROOT / "docs" / "decisions" / "README.md").read_text()
    assert len(text.splitlines()) <= 30


def test_decisions_have_a_number_each() -> None:
    assert [int(record.name[:4]) for record in DECISIONS] == list(range(1, len(DECISIONS) + 1))
