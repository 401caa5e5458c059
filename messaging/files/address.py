"""Where files are kept, from PARLEY_FILES: a folder, or s3://bucket?endpoint=https://host&region=name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

WANTED = "PARLEY_FILES must name a folder, or a bucket as s3://name?endpoint=https://host&region=name."
OPTIONS = {"endpoint": "endpoint_url", "region": "region_name", "prefix": "location"}


def read_files(address: str, data: Path) -> dict[str, Any]:
    """Django's settings for the storage. Raises SystemExit with what is wanted."""
    if "://" not in address:
        return {"BACKEND": "messaging.files.folder.Folder", "OPTIONS": {"location": address or str(data / "files")}}
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or not parts.netloc or parts.path.strip("/") or not asked.keys() <= OPTIONS.keys():
        raise SystemExit(WANTED)
    if find_spec("storages") is None:
        raise SystemExit("PARLEY_FILES names a bucket: install requirements-s3.txt.")
    options = {OPTIONS[name]: value for name, value in asked.items()}
    # It takes the keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    return {"BACKEND": "messaging.files.bucket.Bucket", "OPTIONS": {"bucket_name": parts.netloc, **options}}
