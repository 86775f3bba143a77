"""A person's own picture, served from our host to nobody else."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from accounts.models import Photo, User


@require_safe
@vary_on_cookie
def photo(request: HttpRequest) -> HttpResponse:
    """There is no name in the address: whoever asks gets the own one, or 404 (S-101)."""
    row = Photo.objects.filter(user=request.user).exclude(content=b"").first() if isinstance(request.user, User) else None
    if row is None:
        raise Http404
    return HttpResponse(
        bytes(row.content),
        content_type=row.content_type,
        headers={
            "Cache-Control": "private, no-cache",  # a browser asks again, so that it shows nothing of an account that is gone
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
