"""How passwords are kept: Argon2id at the strength OWASP recommends for servers (19 MiB, two passes, one lane).

Django's own setting takes 100 MiB and eight threads a sign-in, so a few people signing in at once starve everyone else.
"""

from __future__ import annotations

import unicodedata

from django.contrib.auth.hashers import Argon2PasswordHasher


class Hasher(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


def composed(password: str) -> str:
    """As passwords are hashed (NFKC): keyboards and systems send one character in several ways."""
    return unicodedata.normalize("NFKC", password)
