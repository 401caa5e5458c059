"""What schemathesis must know of Parley beyond the schema: who asks, and the values behind named formats.

Loaded by schemathesis in a process of its own. PARLEY_URL is the server, PARLEY_ACCOUNT the account that asks.
"""

from __future__ import annotations

from typing import Any
from unicodedata import category
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st

from tests.api_contract import arranged

schemathesis.openapi.format("emoji", st.sampled_from(["👍", "🎉", "❤️"]))
schemathesis.openapi.format("email", st.from_regex(r"[a-z]{1,20}@example\.org", fullmatch=True))
schemathesis.openapi.format("password", st.from_regex(r"[a-z]{5} [a-z]{5} [0-9]{4}", fullmatch=True))
schemathesis.openapi.format("time-zone", st.sampled_from(["Europe/Zurich", "Asia/Calcutta", "UTC"]))


@schemathesis.auth(refresh_interval=600, retry_on=[401])
class SignedIn:
    """A token of the account's; another one after an operation has ended it."""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        return arranged.token()

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Leave out what only looks valid, because JSON Schema cannot say what is wrong with it."""
    return not _is_positive(case) or not any(is_broken(case) for is_broken in BEYOND_SCHEMA)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    if _is_positive(case):
        arranged.arrange(case)


def _is_positive(case: schemathesis.Case) -> bool:
    return case.meta is not None and case.meta.generation.mode == schemathesis.GenerationMode.POSITIVE


def _has_made_up_cursor(case: schemathesis.Case) -> bool:
    """The server signs cursors."""
    return "cursor" in (case.query or {})


def _looks_both_ways(case: schemathesis.Case) -> bool:
    """A page begins at one seq."""
    return {"before", "after"} <= (case.query or {}).keys()


def _has_made_up_file(case: schemathesis.Case) -> bool:
    """The server signs the names of uploads."""
    return isinstance(case.body, dict) and "file_id" in case.body


def _names_no_zone(case: schemathesis.Case) -> bool:
    """There are four hundred zones, too many for an enumeration in each description."""
    named = [(case.query or {}).get("zone"), _in_body(case, "time_zone")]
    return any(zone is not None and zone not in available_timezones() for zone in named)


def _is_too_late(case: schemathesis.Case) -> bool:
    """What ends must end in the future."""
    return _in_body(case, "muted_until") is not None or _in_body(case, "status_ends_at") is not None


def _begins_where_it_ends(case: schemathesis.Case) -> bool:
    """Quiet hours end at another time than they begin."""
    return _in_body(case, "from") is not None and _in_body(case, "from") == _in_body(case, "to")


def _shows_nothing(case: schemathesis.Case) -> bool:
    """Of text that is required something must be seen: a letter, a digit, a mark or a symbol."""
    texts = [_in_body(case, name) for name in ("body", "name")]
    return any(isinstance(text, str) and not any(category(one)[0] in "LNPS" for one in text) for text in texts)


def _hides_something(case: schemathesis.Case) -> bool:
    """In a name nothing may be invisible."""
    names = [_in_body(case, name) for name in ("name", "display_name")]
    return any(isinstance(name, str) and any(category(one)[0] == "C" for one in name) for name in names)


def _looks_for_no_word(case: schemathesis.Case) -> bool:
    """A search needs a letter or a digit."""
    words = (case.query or {}).get("q")
    return isinstance(words, str) and not any(category(one)[0] in "LN" for one in words)


def _in_body(case: schemathesis.Case, name: str) -> Any:
    return case.body.get(name) if isinstance(case.body, dict) else None


BEYOND_SCHEMA = (
    _has_made_up_cursor,
    _looks_both_ways,
    _has_made_up_file,
    _names_no_zone,
    _is_too_late,
    _begins_where_it_ends,
    _shows_nothing,
    _hides_something,
    _looks_for_no_word,
)
