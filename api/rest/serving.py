"""The one API object, its addresses, and its description."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from api.authenticating import Caller, for_programs
from api.problems import problem
from api.rest import description, failing
from api.rest.door import door
from api.rest.operations import Routes
from api.rest.routes import accounts, deliveries, folders, interviews, packages, persons, recycling, references, runs, webhooks

VERSION = "1.0.0"
NOUNS: tuple[Routes, ...] = (
    accounts.routes,
    interviews.routes,
    references.routes,
    folders.routes,
    runs.routes,
    packages.routes,
    recycling.routes,
    deliveries.routes,
    webhooks.routes,
    persons.routes,
)
NOWHERE = "There is no such address. The description at /api/v1/openapi.json says which there are."


@cache
def rest() -> NinjaAPI:
    """The API with all routes."""
    api = NinjaAPI(title="SpecStep", version=VERSION, docs_url=None, openapi_url=None, urls_namespace="rest")
    failing.answer_failures(api)
    for routes in NOUNS:
        api.add_router("", routes)
    return api


def addresses() -> list[URLPattern]:
    """Every route behind its door; whatever else is asked for is told so as a problem."""
    return [*_routes(), path("openapi.json", openapi, name="openapi"), re_path(r"^", nowhere, name="nowhere")]


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of the API (OpenAPI 3.1). It holds nothing of anybody, so it is there without a key."""
    response = HttpResponse(description.as_json(rest()), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@for_programs("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
def nowhere(request: HttpRequest, caller: Caller) -> HttpResponse:
    return problem(404, "no-such-address", NOWHERE)


def document() -> dict[str, Any]:
    """The description as a dictionary."""
    return description.document(rest())


def _routes() -> Iterator[URLPattern]:
    for bound in rest()._get_bound_routers():
        for place, view in bound.path_operations.items():
            route = place.removeprefix("/").replace("{uuidstr:", "{uuid:").replace("{", "<").replace("}", ">")
            yield path(route, door(view), name=str(view.operations[0].operation_id))
