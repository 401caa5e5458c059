"""Who counts as one client at nginx: the /64 of an IPv6 address, and the IPv4 address that one carries."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live import ROOT
from tests.live_process import LiveProcess, free_port

pytestmark = pytest.mark.cluster
# One client may ask so often at once where people sign in, and twice a second after that.
BURST = 61
WRITE = """
from pathlib import Path
from tiers.nginx import write_configuration
here = Path({folder!r})
write_configuration(here, {port}, [{nobody}], static=here, kept=here, trusted="127.0.0.1")
"""


class Nginx(LiveProcess):
    """As make cluster configures it, and no worker behind it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def start(self) -> None:
        write = WRITE.format(folder=str(self._folder), port=self.port, nobody=free_port())
        subprocess.run([sys.executable, "-c", write], cwd=ROOT / "deploy", check=True)
        files = ["-p", self._folder, "-c", self._folder / "nginx.conf", "-e", self._folder / "error.log"]
        self.launch(["nginx", *files, "-g", "daemon off;"], stderr=subprocess.DEVNULL)

    def passes(self, address: str, times: int = 1) -> int:
        """How many of so many tries from there reach where a worker would be."""
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers={"X-Forwarded-For": address}) as client:
            statuses = [client.get("/accounts/login/").status_code for _ in range(times)]
        assert set(statuses) <= {429, 503}
        return statuses.count(503)


@pytest.fixture
def nginx() -> Iterator[Nginx]:
    # Not under pytest's own folder, which is closed to the user that nginx runs as.
    folder = Path(tempfile.mkdtemp(prefix="parley-nginx-"))
    folder.chmod(0o755)
    server = Nginx(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:3::1"),
        ("2001:db8::1", "2001:db8:0:0:a:b:c:d", "2001:db8:0:1::1"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("::ffff:192.0.2.10", "192.0.2.10", "::ffff:192.0.2.13"),
        ("64:ff9b::192.0.2.1", "192.0.2.1", "64:ff9b::192.0.2.2"),
        ("64:ff9b:1:fffe::192.0.2.1", "192.0.2.1", "64:ff9b:1:fffe::192.0.2.2"),
        ("::ffff:0:192.0.2.1", "192.0.2.1", "::ffff:0:192.0.2.2"),
        ("2002:c000:201::1", "2002:c000:201:ffff::9", "2002:c000:202::1"),
    ],
)
def test_one_client_is_one_however_its_address_is_written(nginx: Nginx, one: str, same: str, another: str) -> None:
    assert BURST <= nginx.passes(one, BURST + 30) < BURST + 30
    # What came back meanwhile is two a second.
    assert nginx.passes(same, 30) < 15
    assert nginx.passes(another, 30) == 30


def test_addresses_of_a_network_without_end_are_one_client(nginx: Nginx) -> None:
    passed = sum(nginx.passes(f"2001:db8:7:7::{number:x}") for number in range(1, 150))
    assert BURST <= passed < 149


def test_what_is_too_long_is_said(nginx: Nginx) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{nginx.port}") as client:
        assert client.get("/" + "x" * 40_000).status_code == 414
        assert client.get("/", headers={"X-A": "x" * 20_000}).status_code == 431


def test_every_limit_counts_networks() -> None:
    zones = re.findall(r"limit_(?:req|conn)_zone (\S+)", (ROOT / "deploy" / "nginx.conf.template").read_text())
    assert set(zones) == {"$limited_address"}
