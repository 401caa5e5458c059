"""compose.yaml and the Dockerfile say what `make cluster`, the settings and docs/operations.md say."""

from __future__ import annotations

import os
import re
import string
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.live import ROOT

WORKERS = ["worker1", "worker2", "worker3"]
READ = re.compile(r"""(?:os\.environ(?:\.get\(|\[)|(?:read|_secret)[a-z_]*\()"([A-Z_]+)\"""")
TEMPLATE = (ROOT / "deploy" / "nginx.conf.template").read_text()


@cache
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def service(name: str) -> dict[str, Any]:
    return dict(compose()["services"][name])


def variables() -> dict[str, str | None]:
    """What a worker's container gets from compose.yaml; None for what is passed on."""
    return dict(service("worker1")["environment"])


def settings_variables() -> set[str]:
    return set(READ.findall((ROOT / "chatproject" / "settings.py").read_text()))


def documented_variables() -> set[str]:
    """First column of the table; `_PORT` after `PARLEY_SMTP_HOST` stands for `PARLEY_SMTP_PORT`."""
    names: set[str] = set()
    rows = re.findall(r"^\| (`[^|]+) \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    for row in rows:
        first, *others = re.findall(r"`([A-Z_]+)`", row) or [""]
        stem = first.rpartition("_")[0]
        names |= {first, *(stem + name if name.startswith("_") else name for name in others)}
    return names - {""}


def cluster(expression: str) -> str:
    """What the cluster command's own modules say, asked in a process of its own."""
    modules = "from pathlib import Path; from tiers import cassandra, nginx, ports, redis, workers; import cluster"
    code = f"{modules}; print({expression}, end='')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "deploy", capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def port_of(url: str) -> int | None:
    return urlsplit(re.sub(r"\$\{[^}]*\}", "x", url)).port


def test_the_settings_the_documents_and_the_containers_know_the_same_variables() -> None:
    assert settings_variables() == documented_variables()
    assert settings_variables() == set(variables())


def test_every_variable_that_compose_asks_for_is_explained() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    document = (ROOT / "docs" / "operations.md").read_text()
    assert asked == {name for name in asked if f"`{name}" in document or f"{name}=" in document}


def test_the_services_are_the_parts_of_the_cluster() -> None:
    parts = {*cluster("' '.join([*ports.USUAL, 'nginx'])").split()}
    nodes = {f"cassandra{number}" for number in range(1, int(cluster("cassandra.NODES")) + 1)}
    assert set(compose()["services"]) == parts | nodes | {"prepare", "index"}
    assert {name for name in nodes if service(name)["profiles"] == ["cassandra"]} == nodes


def test_workers_are_alike_and_their_stores_are_services() -> None:
    assert all(service(name) == service("worker1") for name in WORKERS)
    assert service("prepare")["environment"] == service("index")["environment"] == variables()
    for name, usual in (("DATABASE_URL", 5432), ("REDIS_URL", 6379)):
        url = str(variables()[name])
        assert re.search(r"@?(\w+):\d+/", url.rpartition("//")[2].rpartition("@")[2])
        assert urlsplit(re.sub(r"\$\{[^}]*\}", "x", url)).hostname in compose()["services"]
        assert port_of(url) == usual
    assert variables()["PARLEY_TRUSTED_PROXIES"]


def test_what_is_said_is_indexed_beside_the_workers_in_both_worlds() -> None:
    words = cluster("' '.join(workers.indexer(Path('/'), {}).command[1:])").split()
    assert service("index")["command"] == ["python", *words]
    assert service("index")["depends_on"] == service("worker1")["depends_on"]


def test_nginx_passes_to_each_worker_at_the_port_it_listens_on() -> None:
    command = (ROOT / "Dockerfile").read_text().rpartition("CMD")[2]
    port = re.search(r'"--port", "(\d+)"', command)
    assert port
    assert f"EXPOSE {port[1]}\n" in (ROOT / "Dockerfile").read_text()
    servers = re.findall(r"server (\S+) (.+?) resolve;", service("nginx")["environment"]["SERVERS"])
    assert [name for name, _ in servers] == [f"{worker}:{port[1]}" for worker in WORKERS]
    ours = cluster("nginx.SERVER.format('x')")
    assert {f"server x {how};" for _, how in servers} == {ours}
    published = service("nginx")["ports"][0].rpartition(":")[2]
    assert published == service("nginx")["environment"]["LISTEN"]
    assert service("nginx")["ports"][0].startswith("127.0.0.1:")


def test_every_blank_of_the_template_is_filled_in_both_worlds() -> None:
    blanks = set(re.findall(r"\$\{([A-Z_]+)\}", TEMPLATE))
    environment = service("nginx")["environment"]
    assert blanks == set(re.findall(r"[A-Z_]+", environment["NGINX_ENVSUBST_FILTER"]))
    assert blanks <= set(environment)
    written = (ROOT / "deploy" / "tiers" / "nginx.py").read_text()
    assert blanks == set(re.findall(r'^        "([A-Z_]+)":', written, re.MULTILINE))


def test_stores_are_run_with_the_clusters_own_settings() -> None:
    for word in cluster("'\\n'.join(redis.SETTINGS)").split("\n"):
        if word not in ("--bind", "127.0.0.1", "--daemonize"):
            assert word in service("redis")["command"]
    connections = cluster("len(cluster.WORKERS) * cluster.CONNECTIONS_A_WORKER + cluster.CONNECTIONS_BESIDES")
    assert f"max_connections={connections}" in service("postgres")["command"]


def test_volumes_are_declared_and_what_prepare_gathers_is_what_nginx_serves() -> None:
    used = {volume.split(":")[0] for one in compose()["services"].values() for volume in one.get("volumes", [])}
    assert {name for name in used if not name.startswith(".")} == set(compose()["volumes"])
    data = variables()["PARLEY_DATA"]
    assert f"static:{data}/static" in service("prepare")["volumes"]
    assert f"static:{service('nginx')['environment']['STATIC']}:ro" in service("nginx")["volumes"]
    assert f"files:{data}/files" in service("worker1")["volumes"]
    assert f"files:{service('nginx')['environment']['KEPT']}:ro" in service("nginx")["volumes"]
    assert f"mkdir -p {data}/static {data}/files" in (ROOT / "Dockerfile").read_text()


def test_the_image_has_every_room_and_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {line.split()[1] for line in lines if line.startswith("COPY")}
    assert copied == {
        "requirements.txt",
        "manage.py",
        "accounts",
        "chatproject",
        "groups",
        "messaging",
        "static",
        "templates",
    }
    assert lines.index("USER parley") < next(number for number, line in enumerate(lines) if line.startswith("CMD"))
    assert f"ENV PYTHONUNBUFFERED=1 PARLEY_DATA={variables()['PARLEY_DATA']}" in lines


@pytest.mark.parametrize("trusted", ["", "192.0.2.7/32", " 192.0.2.0/24,fd00::/8, 10.0.0.0/8"])
def test_the_container_writes_trusted_proxies_as_the_cluster_command_does(tmp_path: Path, trusted: str) -> None:
    script = '. ./deploy/trusted-proxies.envsh; printf \'%s\n%s\' "$TRUSTED" "$TRUSTED_NETWORKS"'
    environment = {**os.environ, "PARLEY_TRUSTED_PROXIES": trusted}
    done = subprocess.run(["sh", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    networks = cluster(f"' '.join(nginx.trusted_networks({trusted!r}))").split()
    assert done.stdout.split("\n") == [
        " ".join(f"set_real_ip_from {network};" for network in networks),
        " ".join(f"{network} 1;" for network in networks),
    ]


@pytest.mark.cluster
@pytest.mark.usefixtures("started_cluster")
def test_nginx_takes_the_configuration_that_compose_makes(tmp_path: Path) -> None:
    """Except what only a container has: its resolver, its user, its names."""
    environment = service("nginx")["environment"] | {"RUN": str(tmp_path), "RESOLVER": "", "USER": ""}
    environment |= {"FILES": "1024", "CONNECTIONS": "512"}
    environment["SERVERS"] = re.sub(r"worker\d:", "127.0.0.1:", environment["SERVERS"]).replace(" resolve;", ";")
    (tmp_path / "nginx.conf").write_text(string.Template(TEMPLATE).safe_substitute(environment))
    command = ["nginx", "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
