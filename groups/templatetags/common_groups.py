"""The groups two people share, for a person's page."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.models import User
from groups.models import Conversation

register = template.Library()

SHOWN_MOST = 20


@register.inclusion_tag("groups/common.html", takes_context=True)
def common_groups(context: dict[str, Any], person: User) -> dict[str, Any]:
    shared = Conversation.objects.groups().visible_to(context["request"].user).filter(memberships__user=person)
    return {
        "groups": shared.order_by("name")[:SHOWN_MOST],
        "more": max(0, shared.count() - SHOWN_MOST),
        "person": person,
    }
