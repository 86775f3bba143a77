"""Every address of the service."""

from django.urls import include, path

urlpatterns = [
    path("", include("public.urls")),
    path("", include("accounts.urls")),
    path("interviews/", include("interviews.urls")),
    path("", include("generation.urls")),
    path("packages/", include("delivery.urls")),
    path("", include("specstep.health")),
]
