"""The picture of a person: Microsoft's as bytes that we serve, Google's and GitHub's as an address (S-099, S-100)."""

from __future__ import annotations

from accounts.models import Photo, User
from accounts.rules.claims import Claims
from ground import clock


def keep_picture(user: User, claims: Claims) -> None:
    """Keep what was learned. A copy from Microsoft stays when another provider only gives an address."""
    picture = claims.picture
    if picture is None:
        return
    photos = Photo.objects.filter(user=user)
    if not picture.url and not picture.content:
        photos.filter(provider=claims.provider).delete()
        return
    if not picture.content and photos.exclude(provider=claims.provider).exclude(content=b"").exists():
        return
    Photo.objects.update_or_create(
        user=user,
        defaults={
            "provider": claims.provider,
            "url": picture.url,
            "content": picture.content,
            "content_type": picture.content_type,
            "cached_at": clock.now() if picture.content else None,
        },
    )
