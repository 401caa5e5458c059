"""Why the client could not do what it was asked to."""

from __future__ import annotations


class RefusedError(Exception):
    """The server said no, and asking again would not help. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class GaveUpError(Exception):
    """The server did not answer for as long as the client was told to be patient."""


class DisconnectedError(Exception):
    """The socket closed before the answer came; whether the command was carried out is unknown."""
