"""What is answered when something crashed: a page for people, problem details for programs. Django has reported it before."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from api.problems import problem
from api.rest.failing import FAULT


def crashed(request: HttpRequest) -> HttpResponse:
    """The 500 of this service."""
    if request.path.startswith("/api/"):
        return problem(500, "fault", FAULT)
    return server_error(request)
