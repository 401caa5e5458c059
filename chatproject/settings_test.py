"""Settings of the unit tests: cheap passwords, a database file that every thread may open, no manifest."""

from chatproject.database import is_sqlite
from chatproject.settings import *  # noqa: F403  # the point of this module
from chatproject.settings import DATA_DIR, DATABASES, MIDDLEWARE, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Unit tests ask for no static files, and whitenoise would warn that none are collected.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise")]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
if is_sqlite(DATABASES["default"]):
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
# The tables are made before the tests (deploy/with-cassandra.sh); the test runner knows relational databases only.
DATABASES.pop("cassandra", None)
