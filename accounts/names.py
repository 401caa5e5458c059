"""What people and public groups may be called, so that nobody passes for another, for a role or for the site.

A name that was given before a rule came stays; the rules are asked when a name is given or changed.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet

from .errors import InvalidError, UsernameTakenError
from .lookalikes import bare_words, looks_like, plain, skeleton
from .models import DISPLAY_NAME_CHARACTERS, User
from .role_words import ROLE_WORDS
from .rules import clean_text

# Names that would pass for the server, for everyone, or for a part of a page's address.
RESERVED_USERNAMES = frozenset(
    """
    about abuse account accounts admin administrator all anonymous api billing broadcast channel channels chat
    contact contacts conversation conversations deleted everybody everyone groups help here hostmaster join login
    logout me messages moderator none null official owner parley people postmaster register root security self
    server settings signin signout signup static super superuser support sysadmin system undefined user users
    webmaster ws
    """.split()  # noqa: SIM905  # easier to read and to extend
)
SITE = "parley"
ROLES = """
    admin admins administrator administrators administration moderator moderators mods sysadmin sysadmins superuser root
    support helpdesk official staff security webmaster postmaster hostmaster abuse
    """.split()  # noqa: SIM905
# Beside a role or the site's name these change nothing: "The Parley support team".
FILLERS = "the a your our team teams group chat site server service services desk help account accounts bot".split()  # noqa: SIM905
EVERYBODY = ("all", "here", "everyone", "everybody", "channel")

# Held in PostgreSQL while a name is given. Any number would do.
_NAMES_LOCK = 7_166_001
_FOR_STAFF = "This name is kept for those who run this site."
_IMITATES = "This looks just like another name here. Choose one that nobody takes for somebody else."
# Joiners between letters and within emoji are drawn; the tags after a black flag make it a country's.
_DRAWN = frozenset("\u200c\u200d")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_FLAG = "\U0001f3f4"


def clean_username(username: str, *, user: User | None = None) -> str:
    """Of `user`, or of somebody new. Raises InvalidError, or UsernameTakenError for one that looks like another's,
    whatever the case of the letters."""
    if user is not None and username == user.username:
        return username
    try:
        User._meta.get_field("username").run_validators(username)
    except ValidationError as error:
        raise InvalidError(" ".join(error.messages), field="username") from None
    if not username[-1].isalnum():
        raise InvalidError("A username ends with a letter or a digit.", field="username")
    spellings = (username, "".join(letter for letter in username if letter.isalnum()))
    if any(looks_like(name, kept) for name in spellings for kept in RESERVED_USERNAMES) or _is_official(username):
        raise InvalidError("This username is reserved.", field="username")
    others = _others_than(user)
    if others.filter(username__iexact=username).exists() or _looks_like_one(username, others):
        raise UsernameTakenError(field="username")
    return username


def clean_display_name(text: str, *, user: User | None = None) -> str:
    """Of `user`, or of somebody new. Two may honestly share a name; nobody may imitate one."""
    if user is not None and text == user.display_name:
        return text
    name = clean_name(text, field="display_name", most=DISPLAY_NAME_CHARACTERS)
    if name and not (user is not None and user.is_staff):
        check_unofficial(name, field="display_name")
        if any(looks_like(_without_at(name), word) for word in EVERYBODY):
            raise InvalidError("This name stands for everybody.", field="display_name")
    check_nobodys(name, field="display_name", but=user)
    return name


def clean_name(text: str, *, field: str, most: int, required: bool = False) -> str:
    """On one line, with single blanks, and nothing in it that is not drawn."""
    name = " ".join(clean_text(text, field=field, most=most, required=required).split())
    if any(_is_invisible(letter, name) for letter in name):
        raise InvalidError("Invisible characters are not allowed here.", field=field)
    return name


def check_unofficial(name: str, *, field: str) -> None:
    """Raises InvalidError for the name of the site or of a role, with or without what changes nothing."""
    if _is_official(name):
        raise InvalidError(_FOR_STAFF, field=field)


def check_nobodys(name: str, *, field: str, but: User | None = None) -> None:
    """Raises InvalidError for what looks like the name of somebody but `but`, and is not plainly the same."""
    others = _others_than(but)
    bare = _without_at(name)
    if bare != name and others.filter(username_skeleton=skeleton(bare)).exists():
        raise InvalidError("An @ before a username names somebody else.", field=field)
    if name and _looks_like_one(name, others):
        raise InvalidError(_IMITATES, field=field)


def settle_names(user: User, *fields: str) -> None:
    """Inside the transaction that has just stored these names of the user, `username` and `display_name` by default:
    compare them once more, while nobody else is given a name.

    Of two who ask in one instant for names that look alike each finds theirs free; here the later one finds the other.
    Raises UsernameTakenError or InvalidError; the caller lets the transaction fail.
    """
    hold_names()
    fields = fields or ("username", "display_name")
    if "username" in fields and _looks_like_one(user.username, _others_than(user)):
        raise UsernameTakenError(field="username")
    if "display_name" in fields:
        check_nobodys(user.display_name, field="display_name", but=user)


def hold_names() -> None:
    """Until the transaction ends nobody else gets past here. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NAMES_LOCK])


def _others_than(user: User | None) -> QuerySet[User]:
    everybody: QuerySet[User] = User.objects.all()
    return everybody.exclude(pk=user.pk) if user else everybody


def _looks_like_one(name: str, users: QuerySet[User]) -> bool:
    key = skeleton(name)
    found = users.filter(Q(username_skeleton=key) | Q(display_skeleton=key)).values_list("username", "display_name")
    names = {other for pair in found for other in pair if other}
    return any(looks_like(name, other) and plain(name) != plain(other) for other in names)


def _is_official(name: str) -> bool:
    words, official = bare_words(name), _folded((SITE, *ROLES, *settings.RESERVED_NAMES))
    if "".join(words) in official | _folded(ROLE_WORDS):
        return True
    return not official.isdisjoint(words) and (official | _folded(tuple(FILLERS))).issuperset(words)


@cache
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset("".join(bare_words(name)) for name in names)


def _without_at(name: str) -> str:
    return name.lstrip("@＠﹫").strip()


def _is_invisible(letter: str, name: str) -> bool:
    if letter in _DRAWN or ("\U000e0020" <= letter <= "\U000e007f" and _FLAG in name):
        return False
    return letter in _BLANK or unicodedata.category(letter) in {"Cf", "Co", "Cn"}
