"""A person's own picture, served from our host to nobody else."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from accounts.models import Photo, User


@login_required
@require_safe
@vary_on_cookie
def photo(request: HttpRequest) -> HttpResponse:
    """There is no name in the address: whoever asks gets the own one, or 404."""
    assert isinstance(request.user, User)
    row = Photo.objects.filter(user=request.user).exclude(content=b"").first()
    if row is None:
        raise Http404
    return HttpResponse(
        bytes(row.content),
        content_type=row.content_type,
        headers={
            "Cache-Control": "private, max-age=3600",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
