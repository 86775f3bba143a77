"""The addresses of the service, a stand-in for the API docs by their name, and one that breaks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from specstep.urls import urlpatterns as of_the_service


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("API docs")


def boom(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A fault of ours.")


urlpatterns = [
    *of_the_service,
    path("stand-in/", include(([path("docs/", page, name="index")], "reference"))),
    path("stand-in/boom/", boom),
]
