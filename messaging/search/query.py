"""What people type into a search: words, "phrases" and operators. Pure: who and where is meant others find out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo

from accounts.errors import InvalidError
from messaging.search.addresses import readable
from messaging.search.folding import folded, with_plain_quotes
from messaging.search.grams import grams_of_term

QUERY_CHARACTERS = 200
TERMS_MOST = 12

KINDS = {"file": ("file", "image"), "image": ("image",)}
_TOKEN = re.compile(r'(?:(?P<operator>from|in|before|after|has):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))', re.I)
_OPERATOR_ALONE = re.compile(r"(?<!\S)(?P<operator>from|in|before|after|has):(?=\s|\Z)", re.I)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


@dataclass(slots=True)
class Asked:
    """A query, taken apart. `terms` are folded, and all of them must be found; of several people, places or kinds one
    must fit. A message counts when since <= sent_at < until."""

    terms: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    since: datetime | None = None
    until: datetime | None = None

    @property
    def grams(self) -> set[str]:
        return {gram for term in self.terms for gram in grams_of_term(term)}

    @property
    def is_empty(self) -> bool:
        return self == Asked()


def read_query(text: str, zone: tzinfo = UTC) -> Asked:
    """Days are those of `zone`. Raises InvalidError with `q`, or the operator that was wrong, as its field."""
    if len(text) > QUERY_CHARACTERS or "\x00" in text:
        raise InvalidError(f"Search for at most {QUERY_CHARACTERS} characters.", field="q")
    text = with_plain_quotes(text)
    if alone := _OPERATOR_ALONE.search(text):
        operator = alone["operator"].lower()
        raise InvalidError(f"Say what is meant right after {operator}:", field=operator)
    asked = Asked()
    for token in _TOKEN.finditer(text):
        words = (token["phrase"] if token["phrase"] is not None else token["word"]).strip()
        operator = (token["operator"] or "").lower()
        if operator and not words:
            raise InvalidError(f"Say what is meant right after {operator}:", field=operator)
        _READERS[operator](asked, words, zone)
    return _checked(asked, text)


def _checked(asked: Asked, text: str) -> Asked:
    if asked.is_empty:
        raise InvalidError("Say what to look for." if not text.strip() else "There is no word in this.", field="q")
    if len(asked.terms) > TERMS_MOST:
        raise InvalidError(f"Search for at most {TERMS_MOST} words at once.", field="q")
    return asked


def _read_term(asked: Asked, words: str, zone: tzinfo) -> None:
    """What has no letter, digit or emoji in it cannot be looked for; beside words it is passed over. An
    address is looked for as it is indexed, however it was copied."""
    term = folded(readable(words) if "://" in words else words).strip()
    if grams_of_term(term) and term not in asked.terms:
        asked.terms.append(term)


def _read_person(asked: Asked, words: str, zone: tzinfo) -> None:
    asked.people.append(words)


def _read_place(asked: Asked, words: str, zone: tzinfo) -> None:
    asked.places.append(words)


def _read_kind(asked: Asked, words: str, zone: tzinfo) -> None:
    kinds = KINDS.get(words.lower())
    if kinds is None:
        raise InvalidError("Messages can be asked for that have a file or an image.", field="has")
    asked.kinds |= set(kinds)


def _read_after(asked: Asked, words: str, zone: tzinfo) -> None:
    """That day is included."""
    begins = _beginning(words, "after", zone)
    asked.since = max(begins, asked.since) if asked.since else begins


def _read_before(asked: Asked, words: str, zone: tzinfo) -> None:
    """That day is not included."""
    begins = _beginning(words, "before", zone)
    asked.until = min(begins, asked.until) if asked.until else begins


def _beginning(words: str, operator: str, zone: tzinfo) -> datetime:
    """Of a day, a month or a year."""
    match = _DATE.fullmatch(words)
    try:
        year, month, day = (int(part) if part else 1 for part in match.groups()) if match else (0, 0, 0)
        return datetime.combine(date(year, month, day), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidError("A date looks like 2026-11-25, 2026-11 or 2026.", field=operator) from None


_READERS: dict[str, Callable[[Asked, str, tzinfo], None]] = {
    "": _read_term,
    "from": _read_person,
    "in": _read_place,
    "has": _read_kind,
    "after": _read_after,
    "before": _read_before,
}
