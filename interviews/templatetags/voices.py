"""Small pieces of markup that every page shares: icons, words that can be followed, facts in plain words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ground import clock

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A sign from the sprite. With a label it is an image with that name, without one it is decoration."""
    sprite = static("img/icons.svg")
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, sprite, name)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)


@register.filter
def when(moment: dt.datetime | None) -> str:
    """A time as one says it: "today, 14:32", "yesterday, 14:32", "tomorrow, 14:32", "17 November, 14:32"."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    days = (timezone.localtime(clock.now()).date() - local.date()).days
    if day := {-1: "tomorrow", 0: "today", 1: "yesterday"}.get(days):
        return f"{day}, {local:%H:%M}"
    year = f" {local.year}" if abs(days) > 300 else ""
    return f"{local.day} {local:%B}{year}, {local:%H:%M}"


@register.filter
def initials(name: str) -> str:
    """Two letters for the round badge."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()[:2]


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """The value of ``key``, or None."""
    return mapping.get(key)


@register.filter
def size(count: int) -> str:
    """Bytes as a person reads them."""
    if count < 1024:
        return f"{count} bytes"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} kB"
    return f"{count / 1024 / 1024:.1f} MB"
