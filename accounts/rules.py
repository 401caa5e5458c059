"""What people may write about themselves and how long a password is; the same for pages, REST and the admin.

Pure rules about one value, or one value and the users there are. Changes nothing.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from .errors import EmailTakenError, InvalidError
from .models import STATUS_CHARACTERS, User
from .zones import zone_names

PASSWORD_CHARACTERS_MOST = 256
EMAIL_CHARACTERS = 254

# These reorder the text around them, so that a name could pass for another one.
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def _is_control(character: str) -> bool:
    return character in _DIRECTION_CONTROLS or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZM" and character not in "\u115f\u1160\u3164\uffa0\u2800"


def composed(text: str) -> str:
    """As names are stored: a keyboard may send a letter and its accent apart (NFD)."""
    return unicodedata.normalize("NFC", text)


def clean_text(text: str, *, field: str, most: int, required: bool = False, lines: bool = False) -> str:
    """The text composed (NFC) and without blanks around it. Refuses what people cannot see or what reorders names."""
    if len(text) > 4 * most + 100:
        raise InvalidError(f"Use at most {most} characters.", field=field)
    if lines:
        text = text.replace("\r\n", "\n")
    text = composed(text.strip())
    if any(_is_control(character) for character in text if not (lines and character in "\n\t")):
        raise InvalidError("Control characters are not allowed here.", field=field)
    if len(text) > most:
        raise InvalidError(f"Use at most {most} characters.", field=field)
    if (text or required) and not any(is_visible(character) for character in text):
        raise InvalidError("Write something here.", field=field)
    return text


def clean_status(text: str) -> str:
    return clean_text(text, field="status", most=STATUS_CHARACTERS)


def clean_end(ends_at: datetime | None) -> datetime | None:
    """When a status ends by itself; None: it does not."""
    if ends_at is not None and ends_at <= timezone.now():
        raise InvalidError("This time has passed.", field="status_ends_at")
    return ends_at


def clean_time_zone(name: str) -> str:
    """One that the IANA database names, "Europe/Zurich", now or formerly."""
    if name not in zone_names():
        raise InvalidError("There is no such time zone.", field="time_zone")
    return name


def clean_email(email: str) -> str:
    """A confirmed address. Raises EmailTakenError when somebody has it: only for who has shown that it is theirs."""
    email = clean_email_form(email)
    if User.objects.with_email(email).exists():
        raise EmailTakenError(field="email")
    return email


def clean_email_form(email: str) -> str:
    """Only looks at the address itself."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidError("This is no e-mail address.", field="email") from None
    if len(email) > EMAIL_CHARACTERS or not email.isprintable():
        raise InvalidError("This is no e-mail address.", field="email")
    return email


class PasswordLength:
    """The other end of Django's minimum: a bound on what is hashed, and no byte a database refuses."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > PASSWORD_CHARACTERS_MOST:
            raise ValidationError(f"Use at most {PASSWORD_CHARACTERS_MOST} characters.", code="password_too_long")
        if "\x00" in password:
            raise ValidationError("A password cannot contain a NUL character.", code="password_nul")

    def get_help_text(self) -> str:
        return f"At most {PASSWORD_CHARACTERS_MOST} characters."
