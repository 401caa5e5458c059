"""The link that makes the first administrator: once, only while there is none, the same from every worker."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts import first_admin
from accounts.errors import LinkEndedError
from accounts.first_admin_link import FirstAdminLink
from accounts.models import User
from accounts.policy import SitePolicy
from tests.conftest import PASSWORD
from tests.live import LiveServer

FORM = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}
ENDED = "This link no longer works"


def secret_of(path: str) -> str:
    return path.split("/")[2]


def test_a_stranger_becomes_the_administrator_and_is_led_to_the_admin(db: None, client: Client) -> None:
    SitePolicy.objects.create(pk=1, registration="closed")
    path = first_admin.first_admin_path()
    assert "Make the first administrator" in client.get(path).text
    answer = client.post(path, FORM)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    dora = User.objects.get(username="dora")
    assert dora.is_superuser
    assert dora.check_password(PASSWORD)
    assert (dora.email, dora.email_pending) == ("", "dora@example.org")


def test_the_link_works_once(db: None, client: Client) -> None:
    path = first_admin.first_admin_path()
    client.post(path, FORM)
    stranger = Client()
    for answer in (stranger.get(path), stranger.post(path, {**FORM, "username": "erin", "email": "erin@example.org"})):
        assert answer.status_code == 404
        assert ENDED in answer.text
    assert not User.objects.filter(username="erin").exists()
    assert first_admin.first_admin_path() == ""
    User.objects.all().delete()
    assert ENDED in Client().get(path).text
    assert first_admin.first_admin_path() not in ("", path)


def test_an_administrator_made_otherwise_ends_it_for_good(db: None, client: Client) -> None:
    path = first_admin.first_admin_path()
    root = get_user_model().objects.create_superuser("root", "root@example.org", PASSWORD)
    assert ENDED in client.get(path).text
    root.delete()
    assert ENDED in client.get(path).text


def test_one_made_past_every_signal_ends_it_too(alice: User, client: Client) -> None:
    path = first_admin.first_admin_path()
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    assert ENDED in client.get(path).text


def test_who_is_signed_in_becomes_it_by_their_password(alice: User, client: Client) -> None:
    path = first_admin.first_admin_path()
    client.force_login(alice)
    assert "Alice Archer" in client.get(path).text
    assert "This is not your password" in client.post(path, {"current_password": "wrong"}).text
    # What strangers fill in makes nobody while one is signed in.
    assert "This field is required" in client.post(path, FORM).text
    assert not User.objects.filter(is_superuser=True).exists()
    assert client.post(path, {"current_password": PASSWORD})["Location"] == "/admin/"
    alice.refresh_from_db()
    assert alice.is_superuser
    assert alice.is_staff


@pytest.mark.parametrize(
    ("field", "value"), [("username", "admin"), ("username", "ALICE"), ("email", "nobody"), ("password", "short")]
)
def test_what_cannot_be_is_said_beside_its_field_and_leaves_the_link(
    alice: User, client: Client, field: str, value: str
) -> None:
    path = first_admin.first_admin_path()
    page = client.post(path, {**FORM, field: value})
    assert page.status_code == 200
    assert f'id="id_{field}_error"' in page.text
    assert client.post(path, FORM)["Location"] == "/admin/"


@pytest.mark.parametrize("secret", ["x", "0" * 64, "first_admin"])
def test_a_wrong_secret_opens_nothing(db: None, client: Client, secret: str) -> None:
    first_admin.first_admin_path()
    assert ENDED in client.post(f"/setup/{secret}/", FORM).text
    assert not User.objects.exists()


def test_the_database_alone_does_not_hold_the_secret(db: None) -> None:
    secret = secret_of(first_admin.first_admin_path())
    assert secret not in str(FirstAdminLink.objects.values().get())
    assert first_admin.first_admin_path() == f"/setup/{secret}/"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_becomes_it() -> None:
    secret = secret_of(first_admin.first_admin_path())
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def sign_up(name: str) -> None:
        start.wait()
        try:
            first_admin.sign_up_first_admin(
                secret=secret, username=name, email=f"{name}@example.org", password=PASSWORD
            )
            outcomes.append("made")
        except LinkEndedError:
            outcomes.append("ended")
        finally:
            connection.close()

    threads = [threading.Thread(target=sign_up, args=(name,)) for name in ("dora", "erin")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ended", "made"]
    assert User.objects.count() == 1


def test_the_command_prints_it_while_there_is_no_administrator(db: None, make_user: Callable[..., User]) -> None:
    out = StringIO()
    call_command("first_admin_link", "--site", "https://chat.example/", stdout=out)
    assert f"https://chat.example{first_admin.first_admin_path()}\n" in out.getvalue()
    make_user("root", is_staff=True, is_superuser=True)
    quiet = StringIO()
    call_command("first_admin_link", "--quiet", stdout=quiet)
    assert quiet.getvalue() == ""
    with pytest.raises(CommandError, match="There is an administrator already"):
        call_command("first_admin_link")


def links_printed_by(server: LiveServer) -> list[str]:
    """By one run, which ends when it has said where it is."""
    server.log.unlink(missing_ok=True)
    server.start()
    try:
        deadline = time.monotonic() + 30
        while "Parley is at" not in server.log.read_text():
            assert time.monotonic() < deadline, server.last_words()
            time.sleep(0.05)  # polls a process that cannot call back
        return re.findall(r"http://localhost:[0-9]+(/setup/[0-9a-f]{64}/)", server.log.read_text())
    finally:
        server.stop()


def test_serve_prints_the_link_until_there_is_an_administrator(tmp_path: Path) -> None:
    server = LiveServer(tmp_path)
    server.prepare()
    first, second = links_printed_by(server), links_printed_by(server)
    assert len(first) == 1
    assert second == first
    make = "from accounts.models import User; User.objects.create_superuser('root', 'r@example.org', 'x')"
    server.manage("shell", "-c", make)
    assert links_printed_by(server) == []
