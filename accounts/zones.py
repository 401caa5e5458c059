"""Time zones by their IANA names, the old ones included: browsers report `Asia/Calcutta` for India to this day.

Names and rules are the system's, and where it has none those of the package `tzdata`: slim images carry no old names.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# Files beside the zones that name no place: a browser that meets one of these cannot format a time.
_NO_ZONES = frozenset({"Factory", "localtime", "posixrules", "Etc/Unknown"})
# What ICU, and so a browser, reports of a device whose zone it cannot find out.
UNKNOWN = "Etc/Unknown"


@cache
def zone_names() -> frozenset[str]:
    """Every name that may be a setting."""
    return frozenset(available_timezones()) - _NO_ZONES


def zone_named(name: str) -> tzinfo | None:
    """None for a name that is no zone's, whatever it is."""
    return ZoneInfo(name) if name in zone_names() else None
