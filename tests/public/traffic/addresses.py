"""The addresses of the service, and one that breaks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from specstep.urls import urlpatterns as of_the_service


def boom(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A fault of ours.")


urlpatterns = [
    *of_the_service,
    path("stand-in/boom/", boom),
]
