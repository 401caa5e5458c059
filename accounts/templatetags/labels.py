"""Names in the sentences of templates; built in, so that no template loads it."""

from __future__ import annotations

from django import template

from accounts.labels import isolate

register = template.Library()
register.filter("isolate", isolate)
