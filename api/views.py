"""REST, version 1."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from api.authenticating import Caller, for_programs


@for_programs("GET", "HEAD")
def account(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Whose key this is."""
    return JsonResponse(
        {
            "id": str(caller.user.pk),
            "display_name": caller.user.display_name,
            "workspace": str(caller.workspace.pk),
            "key": {"name": caller.key_name},
        }
    )
