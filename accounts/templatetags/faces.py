"""The picture that stands for a user or a group until they can choose one: initials on one of six grounds.

The browser makes the same picture from the same id and name; change both together.
"""

from __future__ import annotations

import uuid
from typing import Any

from django import template

from accounts.labels import bare_name

register = template.Library()

GROUNDS = 6


@register.filter
def initials(name: str) -> str:
    """The first letters of the first two words, else the first two letters of the only one."""
    name = bare_name(name)
    words = [word for word in name.replace("_", " ").replace("-", " ").replace(".", " ").split() if word]
    if not words:
        return "?"
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()


@register.filter
def ground(id: uuid.UUID | str) -> str:
    """The ground's class, from the random end of the id: h1 to h6."""
    return f"h{int(str(id)[-6:], 16) % GROUNDS + 1}"


@register.inclusion_tag("accounts/face.html")
def face(thing: Any, size: str = "", name: str = "") -> dict[str, str]:
    """The face of a user or a group (anything with an `id` and a `name`), hidden from screen readers."""
    kind = "group" if getattr(thing, "kind", None) in ("group", "channel") else ""
    return {"kind": kind, "size": size, "ground": ground(thing.id), "initials": initials(name or thing.name)}
