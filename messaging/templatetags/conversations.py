"""The conversation list at the left of every signed-in page.

The browser redraws the same rows from the socket's events; see static/js/conversation-list.js.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from groups.models import Invitation
from messaging.files.facts import FileFacts
from messaging.list_pane import Pane, read_pane, seed
from messaging.notes import duration

register = template.Library()

# A picture in the timeline lies within this square of CSS pixels; static/js/attachments.js knows the same.
BOX_SIDE = 320
BOX_LEAST = 32

IMPORT = re.compile(r'^(?:import|export)[^"]*"\./([\w-]+\.js)";', re.MULTILINE)


@register.inclusion_tag("messaging/list.html", takes_context=True)
def conversation_list(context: dict[str, Any]) -> dict[str, Any]:
    """The list pane for who asks; the conversation named by `conversation` in the context is the current one."""
    request = context["request"]
    user = request.user
    pane: Pane = context["pane"] if "pane" in context else read_pane(request)
    invitations = Invitation.objects.addressed_to(user).count()
    return {
        "user": user,
        "pane": pane,
        "invitations": invitations,
        "newest_query": _query(request, None),
        "more_query": _query(request, pane.cursor),
        "conversation": context.get("conversation"),
        "path": request.path,
        "seed": {**seed(user, pane), "invitations": invitations},
    }


def _query(request: HttpRequest, cursor: str | None) -> str:
    """The page's own query, with another page of the list."""
    query = request.GET.copy()
    query.pop("list", None)
    if cursor:
        query["list"] = cursor
    return query.urlencode()


register.filter("duration", duration)


@register.filter
def box(file: FileFacts) -> SafeString:
    """The size that a picture takes in the timeline, known before it has come, so that nothing moves when it does."""
    width, height = file.width or 1, file.height or 1
    scale = min(1, BOX_SIDE / width, BOX_SIDE / height)
    sides = (max(BOX_LEAST, round(side * scale)) for side in (width, height))
    return format_html('width="{}" height="{}"', *sides)


@register.simple_tag
def module_preloads(entry: str) -> SafeString:
    """Links that let the browser fetch a module and all it imports at once, not one level after the other."""
    links = ((static(f"js/{name}"),) for name in _modules(entry + ""))  # a SafeString is no part of a path
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)


@cache
def _modules(entry: str) -> tuple[str, ...]:
    found = [entry]
    for name in found:
        text = (settings.BASE_DIR / "static" / "js" / name).read_text()
        found += [imported for imported in IMPORT.findall(text) if imported not in found]
    return tuple(found)
