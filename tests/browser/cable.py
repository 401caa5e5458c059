"""A cable between a browser and the server that a test can pull: a TCP forwarder on a port of its own."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.live import LiveServer

CHUNK_BYTES = 65_536


class Cable:
    """While it is pulled every connection is cut and each new one ends at once."""

    def __init__(self, server: LiveServer) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_plugged = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def pull(self) -> None:
        with self._lock:
            self._is_plugged = False
            for end in self._open:
                _cut(end)
            self._open.clear()

    def plug(self) -> None:
        self._is_plugged = True

    def remove(self) -> None:
        self.pull()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        if not self._is_plugged:
            return _cut(near)
        try:
            far = socket.create_connection(("127.0.0.1", self._server.port))
        except OSError:
            return _cut(near)
        with self._lock:
            self._open |= {near, far}
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, target), daemon=True).start()
        return None

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(CHUNK_BYTES):
                target.sendall(content)
        with self._lock:
            self._open -= {source, target}
        _cut(source)
        _cut(target)


def _cut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
