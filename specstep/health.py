"""Is it alive, and can it work?"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"process": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """What the process needs answers too: 200, or 503 with the part that does not."""
    parts = {"database": _database()}
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


urlpatterns = [path("healthz", healthz), path("readyz", readyz)]
