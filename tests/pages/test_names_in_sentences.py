"""A name that runs from right to left turns no sentence round: "A added B" never reads "B added A"."""

from __future__ import annotations

import re
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.labels import isolate, label
from accounts.models import User
from groups import actions
from groups.models import Conversation
from tests.pages.conftest import Browser
from tests.pages.test_every_page import ROWS, address
from tests.pages.test_every_page import cast as cast  # a fixture
from tests.people import add_member, create_group

ROOT = Path(__file__).resolve().parents[2]
NAME = "אבג"
# Alone in an element that keeps its direction to itself, or isolated in a text.
APART = re.compile(rf'(?:<bdi[^>]*>|<[^<>]*dir="auto"[^<>]*>|\u2068)(?={NAME})')


def files(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split()]


def without_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>|<textarea.*?</textarea>| value=\"[^\"]*\"", "", page, flags=re.DOTALL)


def loose(page: str) -> list[str]:
    """Where the name stands in a sentence as if it were part of it."""
    page = without_scripts(page)
    apart = {match.end() for match in APART.finditer(page)}
    found = [match.start() for match in re.finditer(NAME, page)]
    assert found
    return [page[max(0, at - 80) : at + 20] for at in found if at not in apart]


@pytest.fixture
def named(cast: dict[str, Any]) -> dict[str, Any]:
    """Everybody and every group is called in Hebrew."""
    User.objects.update(display_name=Concat(Value(f"{NAME} "), F("username")))
    Conversation.objects.update(name=NAME)
    return cast


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.get and row.get[3] == 200])
def test_pages_keep_names_apart(name: str, named: dict[str, Any], browser: Browser) -> None:
    alice = User.objects.get(username="alice")
    page = browser(alice).get(address(name, named))
    assert page.status_code == 200
    assert loose(page.text) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["keep_contact", "block", "remove_member", "change_role", "hand_over", "ban_user"])
def test_what_was_done_keeps_names_apart(name: str, named: dict[str, Any], browser: Browser) -> None:
    client = browser(User.objects.get(username="alice"))
    done = client.post(address(name, named), ROWS[name].data or {}, follow=True)
    assert f"\u2068{NAME}" in done.text.split('role="status"')[1].split("</div>")[0]
    assert loose(done.text) == []


@pytest.mark.django_db(transaction=True)
def test_the_chat_keeps_names_apart(alice: User, bob: User, carol: User, browser: Browser) -> None:
    User.objects.update(display_name=Concat(Value(f"{NAME} "), F("username")))
    alice, bob, carol = (User.objects.get(pk=user.pk) for user in (alice, bob, carol))
    group = create_group(alice, name=NAME, members=[bob])
    browser(bob).post(f"/c/{group.pk}/", {"key": str(uuid.uuid4()), "body": "hello"})
    add_member(alice, conversation=group, user=carol)
    direct, _ = actions.open_direct(carol, bob)
    reader = browser(carol)
    paths = ("", "missed/?since=1", "pins/", "attention/", f"report/{2}/")
    pages = [f"/c/{group.pk}/{path}" for path in paths[:4]] + [f"/c/{direct.pk}/", "/c/", "/search/?q=hello"]
    for path in [*pages, f"/search/?conversation_id={group.pk}"]:
        page = reader.get(path)
        assert page.status_code == 200, path
        assert loose(page.text) == [], path
    assert f"<title>\u2068{NAME}\u2069 · Parley</title>" in reader.get(f"/c/{group.pk}/").text


@pytest.mark.django_db
def test_the_admin_keeps_names_apart(named: dict[str, Any], browser: Browser) -> None:
    User.objects.filter(username="alice").update(is_staff=True, is_superuser=True)
    client = browser(User.objects.get(username="alice"))
    bob = User.objects.get(username="bob")
    assert str(bob) == f"\u2068{label(f'{NAME} bob', 'bob')}\u2069"
    membership = bob.memberships.get()
    assert str(membership) == f"{bob} in \u2068{NAME}\u2069"
    for path in ("groups/membership/", "groups/ban/", "groups/conversation/"):
        page = without_scripts(client.get(f"/admin/{path}").text)
        shown = re.findall(rf"(.){NAME}", page)
        assert shown
        assert set(shown) == {"\u2068"}, path


def test_only_names_that_need_it_are_marked() -> None:
    for name in ("Ann", "Мария", "山田", "O'Brien 3", "मीना"):
        assert isolate(name) == name
    for name in (NAME, "Ann (علي)", "ܐܒܓ", "ߊߋ", "𞤀𞤁", "٣ Ann"):
        assert isolate(name) == f"\u2068{name}\u2069"


IN_TEXT = re.compile(r"(>)?\{\{ (?:\w+\.)*(?:name|author_name) \}\}(<)?")


@pytest.mark.parametrize("path", files("templates"), ids=lambda path: path.name)
def test_no_template_puts_a_bare_name_into_a_sentence(path: Path) -> None:
    """A name stands alone in its element or begins it, or is isolated."""
    if "admin" in path.parts:
        return
    bare = [match.group() for match in IN_TEXT.finditer(path.read_text()) if not all(match.groups())]
    assert [one for one in bare if not re.search(r"file|field|form|other_name|line\.name|item\.row\.name", one)] == []


@pytest.mark.parametrize("path", files("accounts/views", "groups/views", "messaging/*_views.py"), ids=lambda p: p.name)
def test_no_view_puts_a_bare_name_into_a_sentence(path: Path) -> None:
    assert re.findall(r"f\"[^\"]*\{[\w.]+\.(?:author_)?name\}", path.read_text()) == []


NAMED_IN_TEXT = re.compile(r"\$\{[^}`]*\b(?:name|nameOf|author)\b[^}`]*\}")
# Names of things of the page, names whose list isolates them, and one that begins an element of its own.
OTHERS = (
    *("[data-part=", "icon-", "`parley", "-choices`", "notice-", "CSS.escape", "quoted", "`@${name}`", "file.name"),
    *(", first${name}: ", 'name ?? "Someone"}: `', "writeName"),
)


@pytest.mark.parametrize("path", files("static/js"), ids=lambda path: path.name)
def test_no_script_puts_a_bare_name_into_a_sentence(path: Path) -> None:
    if path.name in ("labels.js", "notes.js"):  # which isolate names, and put them into elements of their own
        return
    lines = [line for line in path.read_text().splitlines() if NAMED_IN_TEXT.search(line) and "isolate(" not in line]
    assert [line for line in lines if not any(other in line for other in OTHERS)] == []
