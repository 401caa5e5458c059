"""What a message's text becomes: safe HTML, the links of the names in it, and the one line of a preview. Pure."""

from .addresses import LINKS_MOST
from .mentions import EVERYBODY, NAMES_MOST, may_name, mentioned, names_in, unresolved_in
from .reading import PICTURE, PREVIEW_CHARACTERS, is_blank, preview, shows_nothing, text_of
from .rendering import MARKS_MOST, render

__all__ = [
    "EVERYBODY",
    "LINKS_MOST",
    "MARKS_MOST",
    "NAMES_MOST",
    "PICTURE",
    "PREVIEW_CHARACTERS",
    "is_blank",
    "may_name",
    "mentioned",
    "names_in",
    "preview",
    "render",
    "shows_nothing",
    "text_of",
    "unresolved_in",
]
