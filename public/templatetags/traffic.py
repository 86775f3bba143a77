"""What the licence of the country file asks for: its origin on the site (DB-IP Lite, CC BY 4.0)."""

from __future__ import annotations

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def countries_by_dbip() -> bool:
    """Whether countries are told by DB-IP's file, so that its name has to stand here."""
    return bool(settings.DBIP_FILE)
