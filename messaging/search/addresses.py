"""Where links lead, as a reader sees it: in the letters of its script, not percent-encoded or as Punycode. Pure."""

from __future__ import annotations

import re

from markdown_it.common.normalize_url import normalizeLinkText

_ENCODED = re.compile(r"%[89a-f][0-9a-f]|xn--", re.IGNORECASE)


def readable(address: str) -> str:
    """What means something else decoded, as %2F, stays encoded."""
    return normalizeLinkText(address) if _ENCODED.search(address) else address
