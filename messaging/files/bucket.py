"""The storage in a bucket of S3 or its like: django-storages', with an end to waiting and one client for all threads.

What the bucket does not answer is UnavailableError here, and what is not in it FileNotFoundError.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Iterator
from typing import IO, Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from accounts.errors import UnavailableError

CONNECT_SECONDS = 3
ANSWER_SECONDS = 10
TRIES = 2

logger = logging.getLogger(__name__)


class Bucket(S3Storage):
    def get_default_settings(self) -> dict[str, Any]:
        patience = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
        )
        return {**super().get_default_settings(), "client_config": patience}

    @functools.cached_property
    def connection(self) -> Any:
        """Each request has a thread of its own, and a client takes a fifth of a second to make."""
        return self._create_session().resource(
            "s3", region_name=self.region_name, endpoint_url=self.endpoint_url, config=self.client_config
        )

    def open_part(self, name: str, first: int, last: int) -> IO[bytes]:
        """These bytes and no others, as they come."""
        with _answering():
            part = self.bucket.Object(self._normalize_name(name)).get(Range=f"bytes={first}-{last}")
        body: IO[bytes] = part["Body"]
        return body

    def size(self, name: str) -> int:
        with _answering():
            return int(super().size(name))

    def delete(self, name: str) -> None:
        with _answering():
            super().delete(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _answering():
            folders, files = super().listdir(path)
            return folders, files

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _answering():
            opened = super()._open(name, mode)
            return opened.open()

    def _save(self, name: str, content: Any) -> str:
        with _answering():
            return str(super()._save(name, content))


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError, Boto3Error) as error:
        if _is_absent(error):
            raise FileNotFoundError from error
        logger.warning("the bucket of PARLEY_FILES: %s", error)
        raise UnavailableError from error


def _is_absent(error: Exception) -> bool:
    """The file, not the bucket."""
    if not isinstance(error, ClientError):
        return False
    status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    return bool(status == 404 and code != "NoSuchBucket")
