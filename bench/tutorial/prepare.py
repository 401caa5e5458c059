"""Makes T's tables, and sessions of as many users as asked for; prints the session keys.

python -m bench.tutorial.prepare USERS
"""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.tutorial.settings")
django.setup()


def sign_in(users: int) -> list[str]:
    """A session each, made as signing in makes it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    User.objects.bulk_create([User(username=f"user-{number}", password="!") for number in range(users)])
    rows = []
    for user in User.objects.all():
        store = SessionStore()
        store._session_key = store._get_new_session_key()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        rows.append(store.create_model_instance(store._get_session()))
    Session.objects.bulk_create(rows)
    return [row.session_key for row in rows]


def main() -> None:
    call_command("migrate", "--run-syncdb", verbosity=0)
    print("\n".join(sign_in(int(sys.argv[1]))))


if __name__ == "__main__":
    main()
