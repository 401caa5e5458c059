"""Classes of characters that decide how a text is read, for use inside the brackets of a regular expression."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

# Chinese, Japanese, Korean, Thai, Lao, Tibetan, Burmese, Khmer and their neighbours: words follow each other, or take
# their endings, without a space. static/js/mention-picker.js names the same scripts.
SPACELESS = (
    "\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u2fdf"
    "\u3005-\u3007\u3040-\u312f\u3130-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua9df"
    "\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00016fe0-\U00018d8f\U0001b000-\U0001b16f"
    "\U00020000-\U0003ffff"
)
# What draws nothing when it stands alone: white space, controls, joiners, selectors, tags, fillers.
INVISIBLE = (
    r"\s\x00-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_SPACELESS_LETTER = re.compile(f"[{SPACELESS}]")
_LAST_CODE_POINT_WITH_PUNCTUATION = 0x1FFFF


def is_of_spaceless_script(character: str) -> bool:
    """A letter, or a mark on one; no digit, no punctuation."""
    return bool(_SPACELESS_LETTER.match(character)) and unicodedata.category(character)[0] in "LM"


def is_mark(character: str) -> bool:
    """Whether it is drawn on the character before it."""
    return unicodedata.category(character)[0] == "M"


def is_punctuation(character: str) -> bool:
    """Without symbols, which stand in a word's place more often than at its edge."""
    return unicodedata.category(character)[0] == "P"


def punctuation_outside_ascii(besides: str = "") -> str:
    """Every one that Unicode knows, but for those in `besides`."""
    code_points = range(0x80, _LAST_CODE_POINT_WITH_PUNCTUATION + 1)
    return "".join(_ranges(one for one in code_points if is_punctuation(chr(one)) and chr(one) not in besides))


def _ranges(code_points: Iterable[int]) -> Iterator[str]:
    first = last = None
    for one in code_points:
        if first is None or last is None or one != last + 1:
            if first is not None:
                yield f"{chr(first)}-{chr(last or first)}"
            first = one
        last = one
    if first is not None:
        yield f"{chr(first)}-{chr(last or first)}"
