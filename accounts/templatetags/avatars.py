"""The round badge of a person: the picture that we serve, if there is one; else the initials."""

from __future__ import annotations

from django import template
from django.urls import reverse

from accounts.models import Photo, User
from accounts.models.users import Anyone

register = template.Library()


@register.simple_tag
def photo_address(user: Anyone) -> str:
    """Where the own picture is; empty without one. It changes with the picture and the person, so no browser shows an old one."""
    if not isinstance(user, User):
        return ""
    known = Photo.objects.filter(user=user).exclude(content=b"").values_list("pk", "cached_at").first()
    return f"{reverse('accounts:photo')}?v={known[0].hex}-{known[1].timestamp():.0f}" if known and known[1] else ""
