"""Settings of the server that many tests share: as they are, but for passwords that cost no quarter of a second."""

from chatproject.settings import *  # noqa: F403  # the point of this module

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
