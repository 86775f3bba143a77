"""Every address of the service."""

from django.urls import include, path

from specstep import events

urlpatterns = [
    path("", include("public.urls")),
    path("", include("accounts.urls")),
    path("", include("billing.urls")),
    path("", include("llm.urls")),
    path("interviews/<uuid:pk>/events/", events.interview_events, name="interview_events"),
    path("interviews/", include("interviews.urls")),
    path("runs/<uuid:pk>/events/", events.run_events, name="run_events"),
    path("", include("generation.urls")),
    path("", include("connectors.urls")),
    path("", include("delivery.urls")),
    path("api/v1/", include("api.urls")),
    path("", include("api.oauth.urls")),
    path("docs/api/", include("api.reference.urls")),
    path("docs/tools/", include("api.setup.urls")),
    path("", include("specstep.health")),
    path("", include("specstep.metrics")),
]

handler500 = "specstep.faults.crashed"
