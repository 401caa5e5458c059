"""T's settings: Django's and channels_redis' own, but for three things.

`socket_timeout`: without it redis-py 8 ends every consumer that waits for five seconds. SQLite in the same mode as
Parley's, so that both wait for the disk alike. And no limit on hosts, since nobody comes from elsewhere.
"""

from __future__ import annotations

import os

SECRET_KEY = "only for measuring"
ALLOWED_HOSTS = ["*"]
ASGI_APPLICATION = "bench.tutorial.asgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "bench.tutorial",
]
MIDDLEWARE: list[str] = []
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("TUTORIAL_DATABASE", "tutorial.sqlite3"),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;",
        },
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [{"address": os.environ.get("TUTORIAL_REDIS", "redis://"), "socket_timeout": None}]},
    }
}
# How a message is kept: "no", "row" (the ORM) or "cassandra" (cqlengine).
TUTORIAL_STORE = os.environ.get("TUTORIAL_STORE", "row")
TUTORIAL_CASSANDRA = os.environ.get("TUTORIAL_CASSANDRA", "")
