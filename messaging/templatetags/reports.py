"""How many reports wait for whoever looks at their group's page."""

from __future__ import annotations

from typing import Any

from django import template

from groups.models import Conversation
from messaging.reports import open_reports

register = template.Library()


@register.simple_tag(takes_context=True)
def count_open_reports(context: dict[str, Any], group: Conversation) -> int:
    """For owners and admins only."""
    return open_reports(context["request"].user, group.pk).count()
