from django.urls import path, register_converter

from accounts.flows.publishing import DOCUMENTS
from public import console
from public.converters import Day, Policy
from public.views import pages, policies, trust

register_converter(Policy, "policy")
register_converter(Day, "day")

app_name = "public"
urlpatterns = [
    path("", pages.home, name="home"),
    path(".well-known/security.txt", trust.security, name="security"),
    path("console/traffic/", console.figures, name="figures"),
    path("robots.txt", pages.robots, name="robots"),
    path("example/", pages.example, name="example"),
    path("example/scorecard/", pages.example_scorecard, name="example_scorecard"),
    path("example/archive/", pages.example_archive, name="example_archive"),
    path("example/draw/<path:path>", pages.example_diagram, name="example_diagram"),
    path("example/files/<path:path>", pages.example_document, name="example_document"),
    path("agents/", pages.agents, name="agents"),
    path("agents/<slug:key>/", pages.agent, name="agent"),
    path("trust/", trust.trust, name="trust"),
    path("sub-processors/", trust.sub_processors, name="sub_processors"),
    path("sub-processors/changes/<uuid:pk>/", trust.change, name="sub_processor_change"),
    *(path(f"{key}/", policies.policy, {"document": key}, name=key) for key in DOCUMENTS),
    path("<policy:document>/versions/", policies.versions, name="policy_versions"),
    path("<policy:document>/versions/<day:dated>/", policies.version, name="policy_version"),
    path("<policy:document>/versions/<day:dated>/changes/", policies.changes, name="policy_changes"),
]
