"""A proxy that speaks TLS before a cluster, as an operator has one: another nginx, with a certificate made here."""

from __future__ import annotations

import signal
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import trustme

from tests.live_process import LiveProcess
from tests.outliving import end_with_us

# Where it connects from: the one address that the cluster is made to trust.
ADDRESS = "127.0.0.9"
CONFIGURATION = """
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.pem;
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_bind {address};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_or_upgrade;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
    map $http_upgrade $connection_or_upgrade {{ default upgrade; "" ""; }}
}}
"""


class TlsProxy(LiveProcess):
    def __init__(self, folder: Path, behind: int) -> None:
        super().__init__()
        self._folder = folder
        self._behind = behind
        authority = trustme.CA()
        self.authority = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.authority)
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def start(self) -> None:
        values = {"folder": self._folder, "port": self.port, "behind": self._behind, "address": ADDRESS}
        (self._folder / "nginx.conf").write_text(CONFIGURATION.format(**values))
        files = ["-p", self._folder, "-c", self._folder / "nginx.conf", "-e", self._folder / "error.log"]
        self.launch(["nginx", *files, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        end_with_us(self.pid, signal.SIGTERM)

    def client(self, address: str, **options: Any) -> httpx.Client:
        """Somebody at this address of the loopback."""
        transport = httpx.HTTPTransport(local_address=address, verify=self.trust())
        return httpx.Client(base_url=self.url, transport=transport, timeout=30, **options)

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))


@contextmanager
def tls_proxy(folder: Path, behind: int) -> Iterator[TlsProxy]:
    proxy = TlsProxy(folder, behind)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
