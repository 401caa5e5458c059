"""nginx on the loopback, from nginx.conf.template."""

from __future__ import annotations

import ipaddress
import os
import pwd
import resource
import string
from collections.abc import Sequence
from pathlib import Path

from tiers.process import ROOT, Process, TierError
from tiers.workers import ask_ready

TEMPLATE = ROOT / "deploy" / "nginx.conf.template"
# For this long a worker that failed twice gets nothing; the compose file says the same.
LEFT_OUT_SECONDS = 2
SERVER = f"server {{}} max_fails=2 fail_timeout={LEFT_OUT_SECONDS}s;"


def nginx(folder: Path, port: int) -> Process:
    """Ready when some worker behind it is. SIGTERM, as SIGQUIT would wait for sockets that live for hours."""
    files = ["-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    return Process("nginx", folder, port, ["nginx", *files, "-g", "daemon off;"], lambda: ask_ready(port))


def write_configuration(
    folder: Path, port: int, workers: Sequence[int], *, static: Path, kept: Path, trusted: str = ""
) -> None:
    """`trusted`: the networks of proxies before this nginx, as in PARLEY_TRUSTED_PROXIES."""
    networks = trusted_networks(trusted)
    folder.mkdir(parents=True, exist_ok=True)
    files = min(65_536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    values = {
        "FILES": str(files),
        "CONNECTIONS": str(files // 2),
        "USER": f"user {_reader()};" if os.geteuid() == 0 else "",
        "RUN": str(folder),
        "LISTEN": f"127.0.0.1:{port}",
        "SERVERS": " ".join(SERVER.format(f"127.0.0.1:{worker}") for worker in workers),
        "STATIC": str(static),
        "KEPT": str(kept),
        "RESOLVER": "",
        "TRUSTED": " ".join(f"set_real_ip_from {network};" for network in networks),
        "TRUSTED_NETWORKS": " ".join(f"{network} 1;" for network in networks),
    }
    # nginx's own $variables stay as they are.
    (folder / "nginx.conf").write_text(string.Template(TEMPLATE.read_text()).safe_substitute(values))


def trusted_networks(trusted: str) -> list[str]:
    """Raises TierError for what is no network."""
    try:
        return [str(ipaddress.ip_network(item.strip(), strict=False)) for item in trusted.split(",") if item.strip()]
    except ValueError as error:
        raise TierError(f"PARLEY_TRUSTED_PROXIES: {error}.") from None


def _reader() -> str:
    """As whom root's nginx serves: somebody who can read the static files and nothing more."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "www-data www-data" if "www-data" in names else "nobody"
