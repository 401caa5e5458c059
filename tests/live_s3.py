"""A real HTTP server that speaks S3, for tests: on a free port of the loopback, everything in its memory."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import boto3

from tests.live_process import LiveProcess

KEYS = {"AWS_ACCESS_KEY_ID": "parley", "AWS_SECRET_ACCESS_KEY": "of the tests"}
REGION = "eu-central-1"


class LiveS3(LiveProcess):
    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def address(self, bucket: str) -> str:
        return f"s3://{bucket}?endpoint={self.url}&region={REGION}"

    def start(self) -> None:
        command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(self.port)]
        self.launch(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def client(self) -> Any:
        names = {name.lower(): value for name, value in KEYS.items()}
        return boto3.client("s3", endpoint_url=self.url, region_name=REGION, **names)

    def make_bucket(self, name: str) -> None:
        """As a new one is with Amazon: what asks for an access list of its own is refused."""
        self.client().create_bucket(
            Bucket=name,
            ObjectOwnership="BucketOwnerEnforced",
            CreateBucketConfiguration={"LocationConstraint": REGION},
        )

    def names(self, bucket: str) -> list[str]:
        return [kept["Key"] for kept in self.client().list_objects_v2(Bucket=bucket).get("Contents", [])]
